"""The fault matrix as a table: the faults, forms, readers and moments, which combinations of them cannot
exist, and what the others must result in. fault_matrix.py plays it."""

import forms

# What the model does at the moment, in verbs of an exchange (README.md in tests/scenario), and the
# moments at which it can. `connect` is before anything of the request is read.
BODY = ("after-head", "between", "mid-event", "before-done", "before-end")
BEFORE = ("connect", "before-head", "in-head")
FAULTS = {
    "none":          ((), ("after",)),
    "refuses":       ((), ("connect",)),
    "resets":        (("reset",), (*BEFORE, *BODY, "after")),
    "closes":        (("close",), (*BEFORE, *BODY, "after")),
    "stalls":        (("see close",), (*BEFORE, *BODY)),
    "waits":         (("see close",), ("before-head", "in-head", *BODY)),  # and before any timeout
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

# The form that the first reader requests, and those of three readers that join it in other forms.
FORMS = {
    "plain":      ("stream", "usage", "plain"),
    "stream":     ("plain", "usage", "stream"),
    "usage":      ("plain", "stream", "usage"),
    "responses":  ("responses-plain", "responses", "responses-plain"),
    "messages":   ("messages-plain", "messages", "messages-plain"),
    "embeddings": ("embeddings-turned", "embeddings-one", "embeddings"),
}

# The forms of large answers, and the moments of faults in them: earlier faults do not depend on the
# size. They are of these sizes in turn, in bytes; answers that are joined are not among the largest.
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
    "others":      "three more join, with other members of those that are left out",
    "half-closer": "one reader, who closes its half behind the request",
    "pages":       "a page, which two of other origins join",
    "leader-gone": "two join and the first one leaves",
    "left-alone":  "the only reader leaves before the fault",
    "gone-after":  "the only reader leaves after the fault, having read nothing",
}

# Members that the bodies of the "others" add; they are not part of the cache key.
LEFT_OUT = ({"user": "b"}, {"priority": 1}, {"request_id": "c"})

# The origins of "pages", and that of the repeated request. The model permits all of them.
ORIGINS = ("https://a.example", "https://b.example", "https://b.example", "https://c.example")

# On a new connection, or on one kept from the previous answer.
CONNECTIONS = ("fresh", "kept")


# Faults in which the model has answered, well or not.
SAYS_SOMETHING = ("none", "429", "500", "503", "slow", "extra", "extra, later")


def impossible(fault, moment, form, readers, connection):
    """Returns why there is no such cell, or None if there is."""
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
        "batches are shared by their inputs": readers == "others" and form == "embeddings",
        "what a model's failure says of another body nobody knows":
            readers == "others" and fault not in SAYS_SOMETHING and not (stream and moment in BODY),
        "one kind of connection is enough":
            readers in ("half-closer", "pages") and connection == "kept",
        "pages differ by their origin, not by their form":
            readers == "pages" and form not in ("plain", "stream", "embeddings"),
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
            opaque and readers not in ("one", "slow", "half-closer", "left-alone"),
        "who asks has no size": readers in ("others", "pages"),
        "nor has how": readers == "half-closer" and fault != "none",
        "any bytes do": opaque and fault == "error",
        "unfolded it has an event for each of its words, of which there are too many":
            readers == "mixed" and not forms.is_stream(form),
        "once is enough":
            (connection == "fresh" or fault == "stalls") and
            readers not in ("one", "slow", "half-closer"),
    }
    why = impossible(fault, moment, form, "one" if readers == "slow" else readers, connection)
    return why or next((why for why, holds in rules.items() if holds), None)


def is_retried(cell):
    """Whether the request is sent again, since the kept connection was dead."""
    return cell.fault in ("resets", "closes") and cell.moment == "before-head" and \
        cell.connection == "kept"


def ending(cell):
    """Returns what the answer finally is for Reprise."""
    if cell.moment == "after" or cell.fault in ("slow", "extra") or is_retried(cell):
        return "good"
    if cell.fault in ("429", "500", "503"):
        return "refusal"
    if cell.fault.startswith("error"):
        return "told"
    by_length = not forms.is_stream(cell.form) and \
        (cell.fault == "too short" or cell.fault == "garbage" and cell.moment in BODY)
    return "useless" if by_length else "torn"  # complete by its length, but not JSON


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
    """Returns the outcome for a reader that requested the form `reader` and has joined or not."""
    end = ending(cell)
    other_form = forms.is_stream(cell.form) != forms.is_stream(reader)
    asks_alone = other_form and end in ("told", "useless") or \
        reader != cell.form and end == "refusal" or \
        joined and cell.form == "embeddings" and end in ("told", "useless")
    if end == "good" or asks_alone:  # of another request's batch only embeddings are shared
        return "answer"
    if end == "refusal" and joined and cell.readers in ("others", "pages"):
        return "answer"  # the error may belong to the other body or page
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
    ("stalls", "after-head"): "504 upstream_head_timeout",  # a head alone does not begin the answer
    "stalls": "504 upstream_idle_timeout",
    # Whether a connection existed for a moment depends on timing.
    ("resets", "connect"): "502 upstream_torn|upstream_unreachable",
    ("closes", "connect"): "502 upstream_torn|upstream_unreachable",
}
