"""Shared by the style checks: the files of the project, C without comments and literals, and TAP."""
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OTHERS = ("build", "node_modules", ".git", "__pycache__")


def sources(*suffixes, under=""):
    """Returns the sorted paths of files with these suffixes below a folder, relative to the root."""
    found = []
    for folder, folders, names in os.walk(ROOT / under):
        folders[:] = [f for f in folders if not f.startswith(OTHERS)]
        found += [Path(folder, name).relative_to(ROOT) for name in names]
    return sorted(path for path in found if path.suffix in suffixes)


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


QUIET = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def blank(text):
    """Replaces comments and literals in C by blanks; keeps the lines."""
    return QUIET.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


class Report:
    """Collects findings by case and prints them as TAP."""

    def __init__(self):
        self.cases = {}

    def case(self, name):
        """Returns the list of findings of a case; a case without findings passes."""
        return self.cases.setdefault(name, [])

    def finish(self):
        print(f"1..{len(self.cases)}")
        for number, (name, findings) in enumerate(self.cases.items(), 1):
            for finding in findings:
                print(f"# {finding}")
            print(f"{'not ok' if findings else 'ok'} {number} - {name}")
        sys.exit(1 if any(self.cases.values()) else 0)
