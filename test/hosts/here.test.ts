// The machine that the tests run on, as it is: a virtual machine whose situation MINI_ISOLATE_SITUATION names, else root's without more.
import { root } from "../helpers/requires.ts";
import { claimsOf } from "./claims.ts";
import { machineNamed } from "./situations/virtual-machines.ts";

const named = Bun.env["MINI_ISOLATE_SITUATION"];
claimsOf(named === undefined ? { ...machineNamed("root"), needs: [root] } : machineNamed(named));
