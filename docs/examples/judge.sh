#!/bin/sh
# Judges a source on the tests of a directory, 1.in with 1.out and so on: judge.sh SOURCE TESTS
set -u
source=$1 tests=$2
mini_isolate=${MINI_ISOLATE:-mini-isolate}
result=$(mktemp)
trap 'rm -f "$result"' EXIT

for input in "$tests"/*.in; do
  "$mini_isolate" execute --input "$input" --silent --result "$result" \
    --cpu-time 2 --wall-time 10 --memory 256 -- "$source" </dev/null
  case $? in
    0)
      # jq -j .stdout does the same.
      if python3 -c 'import json, sys; sys.stdout.write(json.load(open(sys.argv[1]))["stdout"])' "$result" |
        cmp -s - "${input%.in}.out"; then verdict=OK; else verdict="wrong answer"; fi ;;
    1) verdict="runtime error" ;;
    2) verdict="time limit" ;;
    3) verdict="memory limit" ;;
    4) verdict="security violation" ;;
    6) echo "compile error"; exit ;;
    *) echo "cannot judge" >&2; exit 1 ;;
  esac
  echo "$(basename "$input" .in): $verdict"
done
