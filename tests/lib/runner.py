#!/usr/bin/env python3
"""Plays scenario files and reports in TAP.

runner.py [--binary PATH] [--jobs N] FILE…     see tests/scenario/README.md for the language
"""

import argparse
import glob
import multiprocessing
import os
import re
import sys
import threading
import time
from dataclasses import dataclass

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from script import title  # noqa: E402
from world import TIMEOUT, World  # noqa: E402


@dataclass
class Task:
    name: str
    source: str
    binary: str
    sanitized: bool
    must_fail: bool = False


def play(task):
    """Plays one scenario, in a process of its own. Returns (seconds, failure, transcript)."""
    threading.stack_size(512 * 1024)  # each client of a crowd is a thread
    began = time.monotonic()
    world = World(task.binary, TIMEOUT * (4 if task.sanitized else 1), task.sanitized)
    try:
        world.play(task.source)
    except Exception as error:  # recorded in world.failure; a scenario must not end the runner
        world.note("runner", repr(error))
    failure = judge(world.failure, task.source, task.must_fail)
    return time.monotonic() - began, failure, str(world.transcript)


def judge(failure, source, must_fail):
    """Returns the failure; for a scenario that must fail: that it did not, or not as stated."""
    if not must_fail:
        return failure
    wanted = re.search(r"^# fails: (.*)", source, re.M).group(1)
    found = f"line {failure[1].number}: {failure[2]}" if failure and failure[1] else \
        failure[2] if failure else "nothing"
    return None if re.search(wanted, found) else ("runner", None, f"failed with: {found}")


def comment(text):
    return "\n".join("# " + line for line in text.splitlines())


def report(number, task, outcome, verbose):
    seconds, failure, transcript = outcome
    name = os.path.splitext(os.path.basename(task.name))[0] if task.name.endswith(".scn") else \
        task.name
    print(f"{'not ok' if failure else 'ok'} {number} - {name}: {title(task.source)}"
          .encode("latin-1", "replace").decode("utf-8", "replace"))
    if failure:
        actor, line, text = failure
        print(comment(f"{task.name}:{line.number if line else '?'}: {actor}: "
                      f"{line.text if line else ''}"))
        print(comment(text))
    if failure or verbose:
        print(comment(f"{seconds:.1f} s\n{transcript}"))
    sys.stdout.flush()


def processes(jobs):
    """A pool in which each task has a process of its own. None is forked from this process,
    which has threads (the pool's own): a fork while one of them holds a lock, such as stdout's,
    leaves it locked forever in the child."""
    return multiprocessing.get_context("forkserver").Pool(jobs, maxtasksperchild=1)


def play_all(tasks, jobs, verbose=False):
    """Plays all and reports in TAP. Returns 1 if any failed, else 0."""
    print(f"1..{len(tasks)}", flush=True)
    failed = 0
    with processes(jobs) as pool:
        for number, outcome in enumerate(pool.imap(play, tasks, chunksize=1), 1):
            report(number, tasks[number - 1], outcome, verbose)
            failed += bool(outcome[1])
    return 1 if failed else 0


def read(path):
    with open(path, encoding="latin-1") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description="Plays scenarios.")
    parser.add_argument("--binary", default=os.environ.get("REPRISE", "./build/reprise"))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--verbose", action="store_true", help="transcripts of what passes, too")
    parser.add_argument("--must-fail", action="store_true",
                        help="each has to fail as its line `# fails: REGEX` says")
    parser.add_argument("files", nargs="+", metavar="FILE", help="files or quoted patterns")
    options = parser.parse_args()
    files = sorted(path for name in options.files for path in glob.glob(name))
    if not files:
        parser.error("no such scenarios")
    sanitized = os.environ.get("REPRISE_SANITIZED") == "1"
    tasks = [Task(path, read(path), os.path.abspath(options.binary), sanitized, options.must_fail)
             for path in files]
    return play_all(tasks, options.jobs, options.verbose)


if __name__ == "__main__":
    sys.exit(main())
