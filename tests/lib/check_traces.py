#!/usr/bin/env python3
"""Checks that every recorded trace with a 200 is used in a scenario, or has a reason here why not."""

import csv
import glob
import os
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
APART = {
    "http-keepalive": "two answers on one connection",
    "http-keepalive-idle": "recorded to see who closes an idle connection",
    "http-pipelined": "two requests at once; Reprise never pipelines",
    "http-half-close": "a client that half-closes gets nothing from llama-server",
    "http-expect": "begins with a 100",
}


def main():
    named = set(APART)
    for path in glob.glob(os.path.join(TESTS, "scenario", "9*.scn")):
        with open(path, encoding="latin-1") as file:
            named.update(file.read().split())
    with open(os.path.join(TESTS, "data", "traces", "INDEX.tsv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    missing = [row["name"] for row in rows if " 200" in row["status"] and row["name"] not in named]
    print("1..1")
    print(f"{'not ok' if missing else 'ok'} 1 - every trace with a 200 is in a scenario")
    for name in missing:
        print(f"# {name} is not")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
