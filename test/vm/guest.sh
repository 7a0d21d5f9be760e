# Runs tests of this checkout in a virtual machine, which has no network: everything that they need lies in the directory beside.
# Usage: guest.sh SITUATION TEST-FILE...; the last line printed is the runner's own count.
set -eu
export MINI_ISOLATE_SITUATION=$1 MINI_ISOLATE_SLOWNESS=${MINI_ISOLATE_SLOWNESS:-20}
shift
# Where the tests look for programs that were compiled earlier; only our own directory counts there.
cp -r fixtures "/tmp/mini-isolate-fixtures-$(id -u)"
chmod 700 "/tmp/mini-isolate-fixtures-$(id -u)"
cd checkout
exec node_modules/bun/bin/bun.exe test --timeout 1200000 "$@" 2>&1
