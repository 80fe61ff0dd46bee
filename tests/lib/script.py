"""Scenario files: lines by indentation, words by cursor.

A file is a tree of lines; what is indented below a line belongs to it. The words are interpreted by
the actors, which read each line word by word with a Cursor. Text is read as latin-1, so that every
character is a byte of the file and is sent unchanged.
"""

import re
from dataclasses import dataclass, field


class Failed(Exception):
    """An expectation that was not met, or a scenario that is invalid."""


@dataclass
class Line:
    number: int
    text: str
    depth: int
    children: list = field(default_factory=list)

    @property
    def verb(self):
        return self.text.split(None, 1)[0]

    def __str__(self):
        return f"line {self.number}: {self.text}"


def parse(source):
    """Returns the top lines of a scenario with their children. Comments and blank lines are removed,
    except inside `file` blocks, which are verbatim. A line that ends in a
    backslash continues in the next."""
    root = Line(0, "", -1)
    stack = [root]
    for number, raw in enumerate(source.splitlines(), 1):
        text = raw.strip()
        inside_file = len(stack) > 1 and stack[1].text.startswith("file ")
        if inside_file and (not text or raw[0] == " "):
            stack[1].children.append(Line(number, raw[4:], 1))
            continue
        if not text or text.startswith("#"):
            continue
        if stack[-1].text.endswith("\\"):
            stack[-1].text = stack[-1].text[:-1] + text
            continue
        if "\t" in raw[: len(raw) - len(raw.lstrip())]:
            raise Failed(f"line {number}: indented with a tab")
        line = Line(number, text, len(raw) - len(raw.lstrip()))
        while stack[-1].depth >= line.depth:
            stack.pop()
        stack[-1].children.append(line)
        stack.append(line)
    return root.children


def title(source):
    """The title of a scenario: its first comment, up to the full stop."""
    words = []
    for raw in source.splitlines():
        if not raw.startswith("#"):
            break
        words.append(raw.lstrip("# ").strip())
    return " ".join(words).split(". ")[0].rstrip(".")


ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "0": b"\0", '"': b'"', "\\": b"\\"}
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
VARIABLE = re.compile(r"\$([A-Z][A-Z0-9_]*)")


def unescape(text):
    """Returns the bytes of a quoted text."""
    out, at = b"", 0
    for match in ESCAPE.finditer(text):
        out += text[at : match.start()].encode("latin-1")
        code = match.group(1)
        if code[0] == "x" and len(code) == 3:
            out += bytes([int(code[1:], 16)])
        elif code in ESCAPES:
            out += ESCAPES[code]
        else:
            raise Failed(f"unknown escape \\{code}")
        at = match.end()
    return out + text[at:].encode("latin-1")


class Cursor:
    """Reads a line from left to right. `lookup` returns the bytes of a $NAME, or raises."""

    def __init__(self, text, lookup):
        self.text = text.strip()
        self.lookup = lookup

    def __bool__(self):
        return bool(self.text)

    def peek(self):
        return self.text.split(None, 1)[0] if self.text else ""

    def word(self):
        """Returns the next word without its quotes and with its variables replaced."""
        if self.text.startswith('"'):
            return self.quoted().decode("latin-1")
        if not self.text:
            raise Failed("the line ends too early")
        return self.fill(self.word_raw())

    def word_raw(self):
        word, _, rest = self.text.partition(" ")
        self.text = rest.strip()
        return word

    def accept(self, *words):
        """Consumes the next word if it is one of these."""
        if self.peek() in words:
            return self.word()
        return None

    def number(self):
        """Returns a number; sizes may have units (KiB, MiB), and so may times (ms, s; in seconds)."""
        word = self.word()
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(KiB|MiB|ms|s)?", word)
        if not match:
            raise Failed(f"{word!r} is not a number")
        scale = {None: 1, "KiB": 1 << 10, "MiB": 1 << 20, "ms": 0.001, "s": 1}[match.group(2)]
        value = float(match.group(1)) * scale
        return int(value) if value == int(value) else value

    def quoted(self):
        match = QUOTED.match(self.text)
        if not match:
            raise Failed(f"a quoted text is expected at: {self.text}")
        self.text = self.text[match.end() :].strip()
        return self.fill(unescape(match.group(1)).decode("latin-1")).encode("latin-1")

    def rest(self):
        """Returns the rest of the line with its variables replaced; removes quotes around the whole."""
        if QUOTED.fullmatch(self.text):
            return self.quoted().decode("latin-1")
        text, self.text = self.text, ""
        return self.fill(text)

    def fill(self, text):
        return VARIABLE.sub(lambda m: self.lookup(m.group(1)).decode("latin-1"), text)

    def end(self):
        if self.text:
            raise Failed(f"not understood: {self.text}")
