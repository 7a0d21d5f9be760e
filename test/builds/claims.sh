# Claims that hold for the binary of every platform: sh claims.sh BINARY, as root on a machine of that platform with control groups, in a
# directory with the programs. Needs no more of a shell than busybox has. Prints `ok - claim` or `not ok - claim`, a line each.
# The limits leave room for emulated processors.
set -u
case $1 in /*) binary=$1 ;; *) binary=$PWD/$1 ;; esac
export MINI_ISOLATE_STATE_DIR=/tmp/claims-state
box=$("$binary" init --box-id 0 --processes 5 --time 120 --wall-time 240) || exit 1
for program in *; do [ "$program" = claims.sh ] || cp "$program" "$box/"; done

claim() { # TITLE COMMAND...: holds when the command succeeds
  title=$1; shift
  if "$@" > /tmp/said 2>&1; then echo "ok - $title"; else echo "not ok - $title"; sed 's/^/# /' /tmp/said; fi
}
says() { # TEXT ARGUMENTS...: a run in the box says the text
  text=$1; shift
  "$binary" run --box-id 0 --strict "$@" > /tmp/said 2>&1
  grep -q -e "$text" /tmp/said
}
nothing_stays() { ! grep -l -e fork-bomb -e sleep-for /proc/[0-9]*/comm 2>/dev/null; }
no_fault() { "$binary" doctor; [ $? -le 1 ]; }
# Without the state directory of root's.
user_is_isolated() {
  su -s /bin/sh nobody -c "unset MINI_ISOLATE_STATE_DIR; exec '$binary' run --json -- /bin/sh -c 'exit 7'" > /tmp/said 2>&1
  grep '"exit_code":7' /tmp/said | grep '"network":"namespace"' | grep -q '"filesystem":"pivot_root"'
}
mount_number=165
[ "$(uname -m)" = aarch64 ] && mount_number=40

claim "it says its version" "$binary" --version
claim "everything that strict asks for is enforced" says "^Status: Success" -- ./exit-with 0
claim "output comes back" says "^started" -- ./exit-with 0
claim "an exit code comes back" says "^Exit code: 7" -- ./exit-with 7
claim "a signal comes back" says "^Signal: 15 " -- ./kill-self 15
claim "memory is limited" says "^Status: MemoryLimit" --max-memory 32 -- ./touch-memory 150
claim "memory that no process maps is limited" says "^Status: MemoryLimit" --max-memory 32 -- ./fill-memfd 150
claim "CPU time is limited" says "the CPU time limit of 1 s" --max-cpu 1 -- ./spin
claim "wall time is limited" says "the wall time limit of 1 s" --max-time 1 -- ./sleep-for 600
claim "processes are limited" says "^Status: ProcessLimit" -- ./fork-children 9
# On a busy machine the kernel frees the memory of ended processes so late that the limit for memory may come first.
claim "a fork bomb is ended" says "^Status: \(Time\|Memory\)Limit" --max-time 2 -- ./fork-bomb
claim "nothing of it stays" nothing_stays
claim "a forbidden system call is named" says "forbidden system call: mount" -- ./try-syscall "$mount_number" 0 0 0 0 0
claim "the strict filter lets a program run" says "^Status: Success" --seccomp strict -- ./exit-with 0
claim "doctor finds no fault of the host" no_fault
claim "the program of an ordinary user is isolated" user_is_isolated
claim "everything is cleaned up" "$binary" cleanup --all
