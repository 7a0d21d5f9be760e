# Claims that need a machine of their own: they change settings of the kernel, or use up what it has only once. Runs as root in a virtual
# machine, in a directory with the binary, the weakened binary and the programs. Prints `ok - claim` or `not ok - claim`, a line each.
set -u
export PATH=/usr/sbin:/usr/bin:/sbin:/bin MINI_ISOLATE_STATE_DIR=/tmp/state
filter="install the seccomp filter"
box=$(./mini-isolate init --box-id 0 --processes 4)
cp once "$box/once"; chmod 755 "$box/once"

claim() { # TITLE COMMAND...: holds when the command succeeds
  title=$1; shift
  if "$@" >/tmp/said 2>&1; then echo "ok - $title"; else echo "not ok - $title"; sed 's/^/# /' /tmp/said; fi
}
in_box() { ./mini-isolate run --max-time 60 --max-cpu 60 "$@"; }
weak() { # STEPS ARGUMENTS...
  steps=$1; shift
  MINI_ISOLATE_WITHOUT="$steps" ./weakened run --max-time 60 --max-cpu 60 "$@"
}
not() { ! "$@"; }
has() { # TEXT COMMAND...: the command prints the text
  text=$1; shift
  "$@" 2>&1 | tee -a /tmp/said | grep -q -- "$text"
}

# Filters on sockets.
claim "filters on sockets are refused" has "held filters EPERM" in_box -- ./once filters
claim "after a program that asks for filters, the next box starts" has "Status: Success" in_box -- /bin/true
echo 300000 > /proc/sys/net/core/bpf_jit_limit
weak "$filter" --passthrough -- ./once filters 20 > /tmp/filters 2>&1 &
holder=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do grep -q BREACH /tmp/filters 2>/dev/null && break; sleep 1; done
claim "control: without the filter a program uses up the memory for filters, and the next box says so" has "net.core.bpf_jit_limit" in_box --state-dir /tmp/other -- /bin/true
wait $holder
echo 264241152 > /proc/sys/net/core/bpf_jit_limit

# Modules.
if modprobe -n bridge 2>/dev/null && modprobe -n 8021q 2>/dev/null; then
  claim "no request of a program loads a module" has "held vlan ENOTTY" in_box -- ./once modules
  claim "no module for bridges or VLANs is there" not grep -qE "^(bridge|8021q) " /proc/modules
  claim "strict refuses them as well" has "held vlan ENOTTY" in_box --seccomp strict -- ./once modules
  weak "$filter" -- ./once modules > /dev/null 2>&1
  claim "control: without the filter a program makes root load modules" grep -qE "^(bridge|8021q) " /proc/modules
else
  echo "skip - modules for bridges and VLANs are not in this machine"
fi

# Huge pages.
echo 8 > /proc/sys/vm/nr_hugepages
if [ "$(cat /proc/sys/vm/nr_hugepages)" -gt 0 ]; then
  claim "huge pages are refused" has "held a huge page mapped ENOMEM" in_box -- ./once huge-pages
  claim "control: without the filter a program may map them" has "BREACH a huge page mapped" weak "$filter" -- ./once huge-pages
  if grep -q " cgroup .*hugetlb" /proc/mounts; then
    claim "where the controller for huge pages is mounted, a program gets none even without the filter" not has "BREACH a huge page used" weak "$filter" -- ./once huge-pages
  fi
else
  echo "skip - the machine has no huge pages"
fi

# Core dumps to a program of root's.
printf '#!/bin/sh\ncat > /dev/null\necho "$1" >> /tmp/crashes\n' > /tmp/handler; chmod 755 /tmp/handler
echo '|/tmp/handler %p' > /proc/sys/kernel/core_pattern
in_box -- ./once crash > /dev/null 2>&1
sleep 1
claim "a crash in a box does not start the handler of the host" not test -e /tmp/crashes
weak "set RLIMIT_CORE" -- ./once crash > /dev/null 2>&1
sleep 1
claim "control: without the limit it does" test -e /tmp/crashes

# Scheduling.
if command -v chrt > /dev/null; then
  claim "a real-time caller does not hand its policy on" has "policy *: *0" chrt -f 10 ./mini-isolate run --max-time 60 -- /bin/cat /proc/self/sched
fi
# What a caller hands on that has every capability.
cp exhaust print-attributes "$box"
alone="open /proc/self/oom,be the first,close /proc/self/oom"
claim "a caller that is spared when memory runs out does not spare its programs" has "Status: MemoryLimit" choom -n -1000 -- ./mini-isolate run --max-time 60 --max-cpu 60 -- ./exhaust memory 200
claim "control: without the score they are spared, too" not has "Status: MemoryLimit" env MINI_ISOLATE_WITHOUT="$alone" choom -n -1000 -- ./weakened run --max-time 10 --max-cpu 5 -- ./exhaust memory 200
attributes() { # COMMAND...: what the program sees of itself, without what is of the run
  "$@" run --max-time 60 -- ./print-attributes 2>/dev/null | grep -E "^(/proc/self/|call |sched_attr |uname |descriptor )" \
    | grep -vE "status (Tgid|Pid|NS[a-z]*|Vm[A-Za-z]*|Rss[A-Za-z]*|[a-z]*voluntary_ctxt_switches|FDSize):|/autogroup "
}
attributes ./mini-isolate > /tmp/plain
claim "a program has many attributes" test "$(wc -l < /tmp/plain)" -gt 80
attributes ./everything-odd root "$PWD/mini-isolate" > /tmp/odd
claim "a caller with everything odd gives the program nothing of it" diff /tmp/plain /tmp/odd
attributes prlimit --nproc=50:50 --sigpending=5:5 --msgqueue=0:0 --rss=4096:4096 --locks=1:1 --core=0:0 --data=1099511627776 --as=1099511627776 ./mini-isolate > /tmp/odd
claim "hard limits that the caller may raise are as if they were not there" diff /tmp/plain /tmp/odd
./mini-isolate cleanup --all
