/** `npm run filters`: writes src/seccomp/generated.ts and generated-permissions.ts after a change of a policy or of the generator. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedFilters, generatedPermissions } from "./helpers/generated-filters.ts";

writeFileSync(join(import.meta.dir, "../src/seccomp/generated.ts"), generatedFilters());
writeFileSync(join(import.meta.dir, "../src/seccomp/generated-permissions.ts"), generatedPermissions());
