// Ordinary users, with user namespaces and without them.
import { claimsOf } from "./claims.ts";
import { users } from "./situations/users.ts";

for (const situation of users) claimsOf(situation);
