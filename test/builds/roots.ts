/** Root directories of other kinds of Linux, as far as packages of Debian make them, and commands that run something in them. */
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../helpers/programs.ts";

/** What the claims about a platform use; see claims.sh. */
export const claimPrograms = ["exit-with", "kill-self", "touch-memory", "fill-memfd", "spin", "sleep-for", "fork-children", "fork-bomb", "try-syscall"];

const musl = "/lib/x86_64-linux-musl/libc.so";
const fixtures = join(import.meta.dir, "../fixtures");

function layOut(root: string, ...more: readonly string[]): void {
  // An ordinary user has to get through it.
  chmodSync(root, 0o755);
  for (const name of ["bin", "lib", "usr/bin", "usr/lib", "proc", "dev", "tmp", "etc", ...more]) mkdirSync(join(root, name), { recursive: true });
}

/** A root with musl and busybox, claims.sh and its programs in /claims. Without a libstdc++; see {@link addLibstdcxx}. */
export async function makeMuslRoot(root: string): Promise<void> {
  layOut(root, "sys", "run", "claims", "host");
  chmodSync(join(root, "tmp"), 0o1777);
  // Under this one name only, which is the loader's: everything else that asks for the C library gets the loader itself.
  copyFileSync(musl, join(root, "lib/ld-musl-x86_64.so.1"));
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const name of ["cp", "grep", "sed", "sh", "su", "umount", "uname"]) symlinkSync("busybox", join(root, "bin", name));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n");
  copyFileSync(join(import.meta.dir, "claims.sh"), join(root, "claims/claims.sh"));
  for (const name of claimPrograms) copyFileSync(await program(name), join(root, "claims", name));
}

/** As `apk add libstdc++` does on Alpine. */
export async function addLibstdcxx(root: string): Promise<void> {
  const archive = async (name: string) => (await output(["/usr/bin/gcc", `-print-file-name=${name}`])).trim();
  const [whole, unwinder, helpers] = await Promise.all(["libstdc++.a", "libgcc_eh.a", "libgcc.a"].map(archive));
  const library = ["-shared", "-fPIC", "-nostdlib", "-o", join(root, "usr/lib/libstdc++.so.6"), join(fixtures, "builds/libstdcxx-for-musl.c")];
  await output(["/usr/bin/gcc", ...library, "-Wl,--whole-archive", whole!, "-Wl,--no-whole-archive", unwinder!, helpers!]);
}

/**
 * Runs the rest of its arguments with a directory as the root of a machine that shares devices, control groups and kernel with this one.
 * Also who has which uid (/run): other tests run boxes at the same time. A root by pivot_root(2), since after chroot(2) nobody may make a user namespace.
 */
export function enter(root: string): readonly string[] {
  const mounts = 'mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --rbind /sys "$0/sys" && mount --bind /run "$0/run"';
  return ["/usr/bin/unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "/bin/sh", "-c", `${mounts} && cd "$0" && pivot_root . host && umount -l /host && exec "$@"`, root];
}

/** Makes a program of test/fixtures/programs that runs on aarch64, whatever C library is there. */
export async function compileForArm64(name: string, target: string): Promise<void> {
  await output(["/usr/bin/aarch64-linux-gnu-gcc", "-O1", "-static", "-pthread", "-w", "-o", target, join(fixtures, "programs", `${name}.c`)]);
}

/** The libraries that the binary for glibc needs. */
const glibc = ["ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"];

/** A root with glibc for aarch64, and programs of test/fixtures/programs below /usr/bin. */
export async function makeArm64Root(root: string, programs: readonly string[]): Promise<void> {
  layOut(root, "lib64", "lib/x86_64-linux-gnu");
  for (const name of glibc) copyFileSync(join("/usr/aarch64-linux-gnu/lib", name), join(root, "lib", name));
  for (const name of programs) await compileForArm64(name, join(root, "usr/bin", name));
  writeFileSync(join(root, "register"), `:mini-isolate-aarch64:M::${elfHeader}:${elfMask}:/usr/bin/qemu-aarch64:OF`);
}

/** An executable for aarch64: little endian, 64 bits, any ABI, fixed or movable (elf(5)). */
const elfHeader = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const elfMask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;

/**
 * As {@link enter}, where the kernel hands programs for aarch64 to QEMU. That is said to a binfmt_misc of the user namespace alone (Linux
 * 6.7), so the machine knows nothing of it. QEMU is opened at once (F), but its libraries have to be where they are looked for.
 *
 * The user namespace has all ids of the first one. In another one a run would begin with calls of clone(2) that QEMU does not have.
 */
export function enterArm64(root: string): readonly string[] {
  const ids = 'until echo "0 0 4294967295" > /proc/$holder/uid_map; do kill -0 $holder || exit 1; done 2> /dev/null; echo "0 0 4294967295" > /proc/$holder/gid_map';
  const start = 'nsenter --user --target $holder unshare --mount --pid --fork --kill-child -- /bin/sh -c "$0" "$@"';
  const outside = `unshare --user sleep 100 < /dev/null > /dev/null 2>&1 & holder=$!; ${ids}; ${start}; code=$?; kill $holder 2> /dev/null; exit $code`;
  const binfmt = 'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && cat "$0/register" > /proc/sys/fs/binfmt_misc/register';
  const qemu = 'mount --bind /lib64 "$0/lib64" && mount --bind /usr/lib/x86_64-linux-gnu "$0/lib/x86_64-linux-gnu"';
  const mounts = 'mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev"';
  return ["/bin/sh", "-c", outside, `${binfmt} && ${mounts} && ${qemu} && exec chroot "$0" "$@"`, root];
}

async function output(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  return stdout;
}
