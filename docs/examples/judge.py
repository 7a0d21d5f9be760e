#!/usr/bin/env python3
"""Judges a source on the tests of a directory, and tells about each as it ends: judge.py SOURCE TESTS"""
import json, os, subprocess, sys

MINI_ISOLATE = os.environ.get("MINI_ISOLATE", "mini-isolate")

source, tests = sys.argv[1:]
command = [MINI_ISOLATE, "judge", source, tests, "--jsonl", "--jobs", "1", "--time-limit", "2", "--memory", "256"]
with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as judging:
    for line in judging.stdout:
        test = json.loads(line)
        print(f"{test['name']}: {test['verdict']} ({test['cpu_time']:.3f} s, {(test['memory_peak'] or 0) // 1024} KB)")

# 0: accepted, 1: not, 6: a compile error. For anything else the reason is on standard error already.
if judging.returncode == 6:
    print("CE")
elif judging.returncode > 1:
    sys.exit(judging.returncode)
