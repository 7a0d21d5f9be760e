# Runs in a virtual machine, in a directory with the binary: commands in turns, a line each with its name and nanoseconds.
# $1: rounds
export MINI_ISOLATE_STATE_DIR=/tmp/bench PATH=/usr/sbin:/usr/bin:/sbin:/bin
./mini-isolate init --box-id 0 >/dev/null || exit 1
timed() { # NAME COMMAND...
  name=$1; shift
  begin=$(date +%s%N)
  "$@" >/dev/null 2>&1 || echo "failed: $*" >&2
  end=$(date +%s%N)
  echo "$name $((end - begin))"
}
i=0
while [ $i -lt "$1" ]; do
  timed true /bin/true
  timed bwrap bwrap --unshare-all --die-with-parent --ro-bind / / --proc /proc --dev /dev /bin/true
  timed run ./mini-isolate run --box-id 0 --silent -- /bin/true
  i=$((i + 1))
done
