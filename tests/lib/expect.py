"""Comparisons: `==`, `!=`, `~`, `!~`, `<`, `<=`, `>`, `>=`, `present`, `absent`."""

import base64
import json
import operator
import re
import struct

from script import Failed

ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def shorten(thing, limit=300):
    text = thing if isinstance(thing, str) else repr(thing)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} in all)"


def check_texts(what, texts, cursor):
    """`texts`: every value there is under this name (a header may come twice). An absent header is
    different from everything."""
    op = cursor.word()
    if op in ("present", "absent"):
        if bool(texts) != (op == "present"):
            raise Failed(f"{what} is {shorten(texts) if texts else 'absent'}")
        return
    wanted = cursor.rest()
    if not texts and not op.startswith("!"):
        raise Failed(f"{what} is absent")
    actual = ", ".join(texts)
    if not compare_text(actual, op, wanted):
        raise Failed(f"{what} is {shorten(actual)!r}, expected {op} {wanted!r}")


def compare_text(actual, op, wanted):
    if op in ("==", "!="):
        return (actual == wanted) == (op == "==")
    if op in ("~", "!~"):
        return bool(re.search(wanted, actual, re.M)) == (op == "~")
    if op in ORDER:
        return ORDER[op](float(actual), float(wanted))
    raise Failed(f"{op!r} does not compare")


def check_bytes(what, actual, op, wanted):
    if (actual == wanted) == (op == "=="):
        return
    if op != "==":
        raise Failed(f"{what} is exactly what it must not be")
    at = next((i for i, (a, b) in enumerate(zip(actual, wanted)) if a != b),
              min(len(actual), len(wanted)))
    raise Failed(f"{what} differs at byte {at}: {len(actual)} bytes, expected {len(wanted)}\n"
                 f"    actual   …{shorten(actual[max(0, at - 40):at + 160])}\n"
                 f"    expected …{shorten(wanted[max(0, at - 40):at + 160])}")


def check_number(what, actual, cursor):
    op, wanted = cursor.word(), cursor.number()
    good = ORDER.get(op, {"==": operator.eq, "!=": operator.ne}.get(op))
    if not good:
        raise Failed(f"{op!r} does not compare numbers")
    if not good(actual, wanted):
        raise Failed(f"{what} is {actual}, expected {op} {wanted}")


def vector_bytes(vector):
    if isinstance(vector, str):
        return base64.b64decode(vector, validate=True)
    return struct.pack(f"<{len(vector)}f", *vector)


def check_embeddings(actual, wanted):
    """Compares JSON except for usage, the order of members and how float32 are written."""
    lists = [json.loads(actual), json.loads(wanted)]
    for each in lists:
        each.pop("usage", None)
        for item in each.get("data", []):
            item.pop("encoding_format", None)
            item["embedding"] = vector_bytes(item["embedding"]).hex()
    if lists[0] != lists[1]:
        raise Failed(f"embeddings differ\n    actual   {shorten(lists[0], 600)}\n"
                     f"    expected {shorten(lists[1], 600)}")
