/** Shell scripts that make a situation of namespaces and mounts, then become the command that follows. */

export interface Script {
  /** Kinds of `unshare`, as its flags; a mount namespace comes with every script. */
  readonly namespaces?: readonly string[];
  /** Commands as root of the namespaces. */
  readonly commands: readonly string[];
  /** Words in front of the command that is executed at last, such as those that take rights away. */
  readonly at?: readonly string[];
  /** The command itself is pid 1 of its namespace; nobody can look at what it leaves. */
  readonly pidOne?: boolean;
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
export function perform({ namespaces = [], commands, at = [], pidOne = false }: Script): string[] {
  const ownPids = namespaces.includes("--pid");
  const steps = ["set -e", "mount --make-rprivate /", ...(ownPids ? ["mount -t proc proc /proc"] : []), ...commands, 'exec "$@"'].join("\n");
  const fork = ownPids ? ["--fork", "--kill-child=SIGKILL"] : [];
  const end = ownPids && !pidOne ? ["/bin/sh", "-c", watched, "sh"] : [];
  return ["/usr/bin/unshare", "--mount", ...namespaces, ...fork, "/bin/sh", "-c", steps, "sh", ...at, ...end];
}
