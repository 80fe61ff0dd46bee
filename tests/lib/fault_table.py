"""The fault matrix as a table: which faults, forms, readers and moments there are, which of their
combinations there cannot be, and what must come of the others. fault_matrix.py plays it."""

import forms

# What the model does at the moment, in the words of an exchange (README.md in tests/scenario), and
# when it may do so. `connect` is before anything of the request is read.
BODY = ("after-head", "between", "mid-event", "before-done", "before-end")
BEFORE = ("connect", "before-head", "in-head")
FAULTS = {
    "none":          ((), ("after",)),
    "refuses":       ((), ("connect",)),
    "resets":        (("reset",), (*BEFORE, *BODY, "after")),
    "closes":        (("close",), (*BEFORE, *BODY, "after")),
    "stalls":        (("see close",), (*BEFORE, *BODY)),
    "waits":         (("see close",), ("before-head", "in-head", *BODY)),  # and no time is over
    "no HTTP":       (('send "SSH-2.0-OpenSSH_9.2\\r\\n"', "see close"), ("connect", "before-head")),
    "garbage":       (("garble", "close"), ("before-head", "in-head", *BODY)),
    "too long":      (("lie long", "close"), ("before-head", "after-head", "between",
                                              "before-done")),
    "too short":     (("lie short", "see close"), ("before-head", "after-head", "between",
                                                   "before-done")),
    "429":           (("status 429",), ("before-head",)),
    "500":           (("status 500",), ("before-head",)),
    "503":           (("status 503",), ("before-head",)),
    "slow":          (("drip",), ("before-head", "after-head", "mid-event")),
    "error":         (("regret",), ("before-head", "after-head", "between", "before-done")),
    "error, done":   (("regret done",), ("after-head", "between", "before-done")),
    "extra":         (("overflow",), ("before-end",)),
    "extra, later":  (("intrude", "see close"), ("after",)),
}

# The form that the first reader asks in, and those of three who join it in other forms.
FORMS = {
    "plain":      ("stream", "usage", "plain"),
    "stream":     ("plain", "usage", "stream"),
    "usage":      ("plain", "stream", "usage"),
    "responses":  ("responses-plain", "responses", "responses-plain"),
    "messages":   ("messages-plain", "messages", "messages-plain"),
    "embeddings": ("embeddings-turned", "embeddings-one", "embeddings"),
}

# The forms of large answers, and the moments of faults in them: what goes wrong before those has no
# size. They are of these sizes in turn, in bytes; what others join is not among the largest.
LARGE_FORMS = ("plain", "stream", "file", "chunked", "other")
LARGE_MOMENTS = {
    "none":         ("after",),
    "resets":       ("mid-event", "after"),
    "closes":       ("between", "before-end", "after"),
    "stalls":       ("mid-event",),
    "waits":        ("after-head",),
    "too long":     ("between",),
    "error":        ("between",),
    "extra":        ("before-end",),
    "extra, later": ("after",),
}
LARGE_SIZES = (900_000, 2_600_000, 1_200_000, 10_000_000, 1_600_000, 900_000, 20_000_000, 2_600_000,
               1_200_000, 5_000_000)
JOINED_SIZES = LARGE_SIZES[:3]
TOO_LARGE_TO_KEEP = 16 << 20  # cache.max_entry

READERS = {
    "one":         "one reader",
    "slow":        "one reader, who takes it slowly",
    "same":        "three more join in the same form",
    "mixed":       "three more join, in different forms",
    "leader-gone": "two join and the first one leaves",
    "left-alone":  "the only reader leaves before the fault",
    "gone-after":  "the only reader leaves after the fault, having read nothing",
}

# On a connection of its own, or on one kept from the answer before.
CONNECTIONS = ("fresh", "kept")


def impossible(fault, moment, form, readers, connection):
    """Why there is no such cell; None: there is."""
    stream = forms.is_stream(form)
    rules = {
        "an object has no events": not stream and moment in ("between", "before-done"),
        "of an object the head lies, of a stream its chunks":
            fault in ("too long", "too short") and stream == (moment == "before-head"),
        "an object is an error or it is not, a stream can turn into one":
            fault == "error" and stream == (moment == "before-head"),
        "only streams have a terminal event": fault == "error, done" and not stream,
        "a kept connection is connected": connection == "kept" and moment == "connect",
        "nobody can join what is refused at once":
            fault == "refuses" and readers not in ("one", "gone-after"),
        "a flight that nobody reads any longer is cancelled, sees no fault and waits for no time":
            (readers == "left-alone") != (fault == "waits"),
        "what comes behind a whole answer comes when it was read":
            fault in ("none", "extra, later") and readers == "gone-after",
        "a small answer is taken at once": readers == "slow",
    }
    return next((why for why, holds in rules.items() if holds), None)


def impossible_large(fault, moment, form, readers, connection):
    """The same for large answers."""
    opaque = forms.is_opaque(form)
    rules = {
        "that has no size": moment not in LARGE_MOMENTS.get(fault, ()),
        "who leaves having read nothing holds up the fault": readers == "gone-after",
        "what nobody reads is taken to its end, if others could join":
            readers == "left-alone" and not opaque,
        "others get an answer of their own":
            opaque and readers not in ("one", "slow", "left-alone"),
        "any bytes do": opaque and fault == "error",
        "unfolded it has an event for each of its words, of which there are too many":
            readers == "mixed" and not forms.is_stream(form),
        "once is enough":
            (connection == "fresh" or fault == "stalls") and readers not in ("one", "slow"),
    }
    why = impossible(fault, moment, form, "one" if readers == "slow" else readers, connection)
    return why or next((why for why, holds in rules.items() if holds), None)


def is_retried(cell):
    """A dead connection is no answer: asked again."""
    return cell.fault in ("resets", "closes") and cell.moment == "before-head" and \
        cell.connection == "kept"


def ending(cell):
    """What the answer is to us in the end."""
    if cell.moment == "after" or cell.fault in ("slow", "extra") or is_retried(cell):
        return "good"
    if cell.fault in ("429", "500", "503"):
        return "refusal"
    if cell.fault.startswith("error"):
        return "told"
    by_length = not forms.is_stream(cell.form) and \
        (cell.fault == "too short" or cell.fault == "garbage" and cell.moment in BODY)
    return "useless" if by_length else "torn"  # whole by its length, and no JSON


def is_kept(cell):
    """Whether a good answer is stored."""
    return not forms.is_opaque(cell.form) and cell.size <= TOO_LARGE_TO_KEEP


def passes_on(cell):
    """Whether readers in the model's own form have seen some of the answer when the fault comes."""
    whole_first = not forms.is_stream(cell.form) and is_kept(cell)
    outgrown = cell.size // 2 > TOO_LARGE_TO_KEEP or cell.moment == "before-end"
    waits = whole_first or not (forms.is_stream(cell.form) or forms.is_opaque(cell.form) or outgrown)
    return cell.moment in BODY and not waits


def outcome(cell, reader, joined):
    """What a reader sees who asked in the form `reader`, having joined or not."""
    end = ending(cell)
    other_form = forms.is_stream(cell.form) != forms.is_stream(reader)
    asks_alone = other_form and end in ("told", "useless") or \
        joined and cell.form == "embeddings" and end in ("told", "useless", "refusal")
    if end == "good" or asks_alone:  # of another's batch only embeddings are shared
        return "answer"
    if end == "refusal":
        return f"{cell.fault} not_now"
    if end == "told":
        return "told"
    if end == "useless":
        return "broken"
    if passes_on(cell) and not other_form:
        return "torn"
    return FAILURES.get((cell.fault, cell.moment)) or FAILURES.get(cell.fault) or \
        "502 upstream_torn"


FAILURES = {
    "refuses": "502 upstream_unreachable",
    ("stalls", "connect"): "504 upstream_connect_timeout",
    ("stalls", "before-head"): "504 upstream_head_timeout",
    ("stalls", "in-head"): "504 upstream_head_timeout",
    "stalls": "504 upstream_idle_timeout",
    # Whether there was a connection for a moment depends on who is quicker.
    ("resets", "connect"): "502 upstream_torn|upstream_unreachable",
    ("closes", "connect"): "502 upstream_torn|upstream_unreachable",
}
