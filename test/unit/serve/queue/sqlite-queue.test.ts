// The queue in a file of SQLite keeps the promises of every queue.
import { testQueue } from "../../../helpers/sqlite-queue.ts";
import { claimsOfQueue, contractOptions } from "./queue-contract.ts";

claimsOfQueue("sqlite", () => testQueue(contractOptions));
