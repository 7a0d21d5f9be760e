/** Shell scripts that make a situation of namespaces and mounts, then become the command that follows. */

export interface Script {
  /** Kinds of `unshare`, as its flags; a mount namespace comes with every script. */
  readonly namespaces?: readonly string[];
  /** Commands before the cgroup namespace, which begins with the group that we are in by then. */
  readonly enter?: readonly string[];
  /** A cgroup namespace as well. */
  readonly cgroups?: boolean;
  /** Commands as root of the namespaces. */
  readonly commands: readonly string[];
  /** Words in front of the command that is executed at last, such as those that take rights away. */
  readonly at?: readonly string[];
  /** The command itself is pid 1 of its namespace; nobody can look at what it leaves. */
  readonly pidOne?: boolean | undefined;
}

/**
 * In a pid namespace of its own nothing can be seen from outside after its end. So this runs the command as a child, and says on
 * stderr which processes and mounts are left then. Words of the shell alone: a program would be one process more.
 */
const watched = `
count() { n=0; while read -r line; do n=$((n + 1)); done < /proc/self/mountinfo; echo $n; }
before=$(count)
"$@"
code=$?
after=$(count)
[ "$before" = "$after" ] || echo "left: $((after - before)) mounts" >&2
{ for process in /proc/[0-9]*; do
  [ "$process" = /proc/$$ ] && continue
  read -r pid name state rest < $process/stat && [ "$state" != Z ] && echo "left: process $name" >&3
done; } 3>&2 2>/dev/null
exit $code`;

/** The words that perform a script; the binary and its arguments follow. */
export function perform({ namespaces = [], enter = [], cgroups = false, commands, at = [], pidOne = false }: Script): string[] {
  const ownPids = namespaces.includes("--pid");
  const fork = ownPids ? ["--fork", "--kill-child=SIGKILL"] : [];
  const steps = ["mount --make-rprivate /", ...(ownPids ? ["mount -t proc proc /proc"] : []), ...commands];
  const end = ownPids && !pidOne ? ["/bin/sh", "-c", watched, "sh"] : [];
  const own = cgroups ? [...shell(enter), "/usr/bin/unshare", "--cgroup"] : [];
  return ["/usr/bin/unshare", "--mount", ...namespaces, ...fork, ...own, ...shell(steps), ...at, ...end];
}

/** A shell that performs the steps and becomes what follows. */
function shell(steps: readonly string[]): string[] {
  return ["/bin/sh", "-ec", [...steps, 'exec "$@"'].join("\n"), "sh"];
}
