// Hosts that have less, or are set up otherwise, than usual: root's runs there, and what they say of themselves.
import { claimsOf } from "./claims.ts";
import { machines } from "./situations/machines.ts";

for (const situation of machines) claimsOf(situation);
