// Containers by the rights that an engine gives them, and what a run there says of itself.
import { claimsOf } from "./claims.ts";
import { containers, rootlessContainers } from "./situations/containers.ts";

for (const situation of [...containers, ...rootlessContainers]) claimsOf(situation);
