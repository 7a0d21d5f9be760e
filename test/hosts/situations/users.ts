/** Ordinary users. */
import { executable, root } from "../../helpers/requires.ts";
import { ordinaryUid } from "../../helpers/test-directory.ts";
import { never, type Situation } from "../situation.ts";
import { maskedProc } from "./engine.ts";
import { perform } from "./script.ts";

const needs = [root, executable("/usr/bin/unshare"), executable("/usr/bin/setpriv"), executable("/usr/bin/gcc")];
const asUser = ["/usr/bin/setpriv", "--reuid", String(ordinaryUid), "--regid", String(ordinaryUid), "--clear-groups"];
const inNamespaces = { groups: never, network: "namespace", filesystem: "pivot_root", user: "caller" } as const;

export const users: readonly Situation[] = [
  {
    name: "ordinary user",
    about: "no group is delegated to the user",
    expected: inNamespaces,
    needs,
    owner: ordinaryUid,
    through: () => asUser,
  },
  {
    name: "ordinary user, /proc partly covered",
    about: "user namespaces work, but the kernel refuses a new /proc",
    expected: { ...inNamespaces, filesystem: "pivot_root, no /proc" },
    needs,
    owner: ordinaryUid,
    through: () => perform({ namespaces: ["--pid"], commands: maskedProc, at: asUser }),
  },
  {
    name: "ordinary user, no user namespaces",
    about: "`user.max_user_namespaces` = 0, `kernel.unprivileged_userns_clone` = 0, or AppArmor refuses them",
    expected: { groups: never, network: "seccomp", filesystem: "landlock", user: "caller" },
    needs,
    owner: ordinaryUid,
    through: async ({ tool }) => [await tool("refuse-calls"), "user-namespaces", ...asUser],
  },
];
