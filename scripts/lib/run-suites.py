"""Runs meson suites of a build directory and counts their cases.

    run-suites.py BUILD [SUITE...] [--setup NAME]

Prints the failed cases with their logs, and last "N passed, N failed, N skipped". Exits with 0 if
nothing failed.
Each case of a program that reports in TAP counts; another program is a single case. A program that
crashes or times out between its cases is a failed case, too.
"""
import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

CASE = re.compile(r"^(not )?ok\b[^#]*(?:#\s*(skip|todo)\b)?", re.IGNORECASE)
SKIP_ALL = re.compile(r"^1\.\.0\b")
SHOWN_LINES = 100
SHOWN_CHARACTERS = 400
GOOD = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}


def read_programs(log):
    """Reads one JSON object per line: name, result, stdout, stderr and more."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.strip()]


def count_tap(text):
    """The results of the cases of a TAP program; empty if it is not one."""
    cases = Counter()
    for line in text.split("\n"):
        found = CASE.match(line)
        if SKIP_ALL.match(line):
            cases["skipped"] += 1
        elif found and (found[2] or "").lower() == "skip":
            cases["skipped"] += 1
        elif found:
            expected_failure = (found[2] or "").lower() == "todo"
            cases["failed" if found[1] and not expected_failure else "passed"] += 1
    return cases


def count(program):
    cases = count_tap(program.get("stdout", ""))
    if not cases:
        return Counter([GOOD.get(program["result"], "failed")])
    if program["result"] not in GOOD and not cases["failed"]:
        cases["failed"] = 1
    return cases


def show(program):
    """Prints the failed cases, and the beginning and the end of the output. All of it is
    in meson-logs/testlog.txt."""
    lines = [line for stream in ("stdout", "stderr")
             for line in program.get(stream, "").rstrip().split("\n")]
    print(f"---- {program['name']}: {program['result']}")
    for line in lines:
        if line.startswith("not ok"):
            print(line)
    print("----")
    if len(lines) > 2 * SHOWN_LINES:
        left_out = f"[... {len(lines) - 2 * SHOWN_LINES} lines ...]"
        lines = lines[:SHOWN_LINES] + [left_out] + lines[-SHOWN_LINES:]
    for line in lines:
        print("".join(c if c.isprintable() or c == "\t" else "\ufffd"
                      for c in line[:SHOWN_CHARACTERS]))


def run_meson(options):
    """Returns the programs that ran, or None if meson itself failed."""
    name = f"testlog-{options.setup}.json" if options.setup else "testlog.json"
    log = options.build / "meson-logs" / name
    log.unlink(missing_ok=True)
    command = ["meson", "test", "-C", options.build, "--quiet"]
    command += [word for suite in options.suites for word in ("--suite", suite)]
    command += ["--setup", options.setup] if options.setup else []
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    programs = read_programs(log) if log.exists() else []
    failed = any(program["result"] not in GOOD for program in programs)
    if not programs or (ran.returncode and not failed):
        print(ran.stdout)
        return None
    return programs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=Path)
    parser.add_argument("suites", nargs="*")
    parser.add_argument("--setup")
    programs = run_meson(parser.parse_args())

    total = Counter() if programs else Counter(failed=1)
    for program in programs or []:
        cases = count(program)
        total += cases
        if cases["failed"]:
            show(program)
    print("{passed} passed, {failed} failed, {skipped} skipped".format_map(total))
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
