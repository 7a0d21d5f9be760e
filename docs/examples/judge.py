#!/usr/bin/env python3
"""Judges a source on the tests of a directory, 1.in with 1.out and so on: judge.py SOURCE TESTS"""
import json, os, pathlib, subprocess, sys

MINI_ISOLATE = os.environ.get("MINI_ISOLATE", "mini-isolate")
LIMITS = ["--cpu-time", "2", "--wall-time", "10", "--memory", "256"]


def execute(source, test):
    command = [MINI_ISOLATE, "execute", "--json", "--source", source, "--input", str(test), *LIMITS]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    # 0 to 6 come with a document; for anything else the reason is on standard error already.
    if ended.returncode > 6 or not ended.stdout:
        sys.exit(ended.returncode)
    return json.loads(ended.stdout)


source, tests = sys.argv[1:]
for test in sorted(pathlib.Path(tests).glob("*.in")):
    result = execute(source, test)
    if result["status"] == "CompileError":
        print("CompileError", result["compile"]["stderr"], sep="\n")
        break
    verdict = result["status"]
    if result["success"] and result["stdout"] != test.with_suffix(".out").read_text():
        verdict = "WrongAnswer"
    print(f"{test.stem}: {verdict} ({result['cpu_time']:.3f} s, {(result['memory_peak'] or 0) // 1024} KB)")
