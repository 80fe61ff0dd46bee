#!/usr/bin/env python3
"""The fault matrix: what clients see, what is stored and what is left behind when the model server
fails in every way, at every moment of an answer, in every wire form, for every set of readers.

FAULTS, FORMS and READERS below are the matrix; IMPOSSIBLE says which combinations there cannot be,
and `outcome` what must come of the others. From these scenarios are made, one for each fault, form
and kind of connection, which are played one cell after the other in one proxy:

    tests/lib/fault_matrix.py --binary build/reprise [--jobs N] [PATTERN…]
    tests/lib/fault_matrix.py --print stalls/stream/fresh

After each cell the same question is asked again: it must go to the model unless the cell's answer
was whole and good, must be answered rightly, and be a hit from then on; and nothing may be left: no
connection on either side, no flight, nobody who waits, and of the answers' bytes, counted when the
proxy ends, those of the entries alone. A new fault is a row here, and perhaps a word in faulty.py.
"""

import argparse
import fnmatch
import itertools
import multiprocessing
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import forms  # noqa: E402
import runner  # noqa: E402

# What the model does at the moment, in the words of an exchange (README.md in tests/scenario), and
# when it may do so. `connect` is before anything of the request is read.
BODY = ("after-head", "between", "mid-event", "before-done", "before-end")
BEFORE = ("connect", "before-head", "in-head")
FAULTS = {
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

# What Reprise counts, and what there is none of between two cells.
TRANSIENT = ("flights", "connections", "upstream_transfers", "upstream_waiting")

# The form that the first reader asks in, and those of three who join it in other forms.
FORMS = {
    "plain":      ("stream", "usage", "plain"),
    "stream":     ("plain", "usage", "stream"),
    "usage":      ("plain", "stream", "usage"),
    "responses":  ("responses-plain", "responses", "responses-plain"),
    "messages":   ("messages-plain", "messages", "messages-plain"),
    "embeddings": ("embeddings-turned", "embeddings-one", "embeddings"),
}

READERS = {
    "one":         "one reader",
    "same":        "three more join in the same form",
    "mixed":       "three more join, in different forms",
    "others":      "three more join whose bodies differ in what does not count",
    "half-closed": "one reader, who shuts its side behind the request",
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
            fault == "refuses" and readers not in ("one", "half-closed", "gone-after"),
        "a flight that nobody reads any longer is cancelled, sees no fault and waits for no time":
            (readers == "left-alone") != (fault == "waits"),
        "what comes behind a whole answer comes when it was read":
            fault == "extra, later" and readers == "gone-after",
    }
    return next((why for why, holds in rules.items() if holds), None)


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


def outcome(cell, reader, joined):
    """What a reader sees who asked in the form `reader`, having joined or not."""
    end = ending(cell)
    other_form = forms.is_stream(cell.form) != forms.is_stream(reader)
    asks_alone = other_form and end in ("told", "useless") or \
        reader != cell.form and end == "refusal" or \
        joined and cell.form == "embeddings" and end in ("told", "useless")
    if end == "good" or asks_alone:  # of another's batch only embeddings are shared
        return "answer"
    if end == "refusal":
        return f"{cell.fault} not_now"
    if end == "told":
        return "told"
    if end == "useless":
        return "broken"
    if forms.is_stream(cell.form) and not other_form and cell.moment in BODY:
        return "torn"
    return FAILURES.get((cell.fault, cell.moment)) or FAILURES.get(cell.fault) or \
        "502 upstream_torn"


FAILURES = {
    "refuses": "502 upstream_unreachable",
    ("stalls", "connect"): "504 upstream_connect_timeout",
    ("stalls", "before-head"): "504 upstream_head_timeout",
    ("stalls", "in-head"): "504 upstream_head_timeout",
    ("stalls", "after-head"): "504 upstream_head_timeout",  # a head alone begins nothing
    "stalls": "504 upstream_idle_timeout",
    # Whether there was a connection for a moment depends on who is quicker.
    ("resets", "connect"): "502 upstream_torn|upstream_unreachable",
    ("closes", "connect"): "502 upstream_torn|upstream_unreachable",
}


# ## A cell, as a scenario

def gathering(form, moment):
    """Readers come a moment before the fault, where that is possible."""
    order = [m for m, _ in forms.pieces(forms.answer_to(*request(form)))]
    return order[order.index(moment) - 1] if moment in order[1:] else "before-head"


def request(form):
    path, body = forms.REQUESTS[form]
    return path, forms.compact(body)


class Cell:
    def __init__(self, number, fault, moment, form, readers, connection):
        self.number, self.fault, self.moment, self.form = number, fault, moment, form
        self.readers, self.connection = readers, connection
        self.joiners = {"same": (form,) * 3, "mixed": FORMS[form], "leader-gone": (form,) * 2,
                        "others": (f"{form}-other",) * 3}
        self.joiners = self.joiners.get(readers, ())
        self.lines = []

    def title(self):
        return f"{self.fault}, {self.moment}: {READERS[self.readers]}"

    def target(self, form):
        return f"{forms.REQUESTS[form][0]}?{self.number}"

    def ask(self, form):
        return f"post {self.target(form)} ${name_of(form)}"

    def put(self, depth, *lines):
        self.lines += ["    " * depth + line for line in lines]

    def left_alone(self):
        return self.readers == "left-alone"

    def gathers(self):
        """When readers come; who leaves alone leaves at the moment itself."""
        return self.moment if self.left_alone() else gathering(self.form, self.moment)

    # The model's part

    def arrives(self):
        return self.moment == "connect" and self.fault not in ("refuses", "stalls")

    def head_awaited(self, reader, joined):
        """Whoever sees a stream break must have seen it begin."""
        return self.readers != "gone-after" and outcome(self, reader, joined) == "torn"

    def model(self):
        if self.connection == "kept":
            self.put(0, "client warm", "    dial", "    get /warm", "    status 200", "    leave")
        self.put(0, "model")
        if self.moment == "connect" and not self.arrives():
            self.put(1, "down" if self.fault == "refuses" else "deaf")
        if self.arrives():
            self.put(1, "arrival")
        elif self.moment != "connect":
            self.put(1, f"exchange POST {self.target(self.form)}")
            self.put(2, f"up-to {self.gathers()}")
        if self.moment != "connect" or self.arrives():
            self.put(2, f"tell {self.number}-asked", *self.waits(), *self.acts())
        self.put(1, f"exchange always POST {self.target(self.form)}")
        self.put(2, "reply close" if self.connection == "fresh" else "reply")

    def waits(self):
        if self.readers in ("leader-gone", "left-alone"):
            yield f"await {self.number}-gone"
        elif self.joiners:
            yield f"await {self.number}-here {len(self.joiners)}"
        if not self.arrives() and not self.left_alone():
            yield f"up-to {self.moment}"
        if self.fault == "extra, later":
            yield f"await {self.number}-read {len(list(self.everyone()))}"
        headed = [r for r in self.everyone() if self.head_awaited(*r)]
        if headed:
            yield f"await {self.number}-headed {len(headed)}"

    def everyone(self):
        """Who reads to the end, as (form, whether it joined)."""
        if self.readers not in ("leader-gone", "left-alone"):
            yield self.form, False
        for form in self.joiners:
            yield form, True

    def acts(self):
        acts = list(FAULTS[self.fault][0])
        if self.left_alone():
            return ["see close"]
        told = f"tell {self.number}-done"
        if acts[-1] == "see close" and self.arrives():
            return [*acts[:-1], told, "drain"]  # the request comes, too
        if acts[-1] == "see close":
            return [*acts[:-1], told, acts[-1]]
        closes = ["close"] if self.fault in ("slow", "extra") and self.connection == "fresh" or \
            self.fault in ("429", "500", "503", "error", "error, done") else []
        return [*acts, *closes, told]

    # The clients'

    def leader(self):
        self.put(0, "client first &")
        self.put(1, "dial", self.ask(self.form))
        self.put(1, *["half-close"] * (self.readers == "half-closed"))
        if self.moment == "connect" and not self.arrives():
            self.put(1, "settle", f"tell {self.number}-asked")
        if self.readers == "leader-gone":
            self.put(1, f"await {self.number}-here 2")
        if self.readers in ("leader-gone", "left-alone"):
            self.put(1, f"await {self.number}-asked", "leave", "settle", f"tell {self.number}-gone")
        elif self.readers == "gone-after":
            self.put(1, f"await {self.number}-{'asked' if self.silent() else 'done'}", "leave")
        else:
            self.reads(self.form, joined=False)

    def silent(self):
        return self.moment == "connect" and not self.arrives()

    def reads(self, form, joined):
        if self.head_awaited(form, joined):
            self.put(1, "read head", f"tell {self.number}-headed")
        expected = outcome(self, form, joined)
        if not joined:
            self.put(1, "header X-Cache == MISS")
        elif expected != "answer":  # else perhaps its own
            self.put(1, "header X-Cache == JOIN")
        if expected.endswith("not_now"):
            self.put(1, "header Retry-After == 7")
        self.put(1, f"outcome {expected}")
        if self.fault == "extra, later":
            self.put(1, f"tell {self.number}-read", f"await {self.number}-done")
        self.put(1, "leave")

    def joins(self):
        for index, form in enumerate(self.joiners):
            self.put(0, f"client joiner{index} &")
            self.put(1, f"await {self.number}-asked", "dial", self.ask(form), "settle",
                     f"tell {self.number}-here")
            self.reads(form, joined=True)

    def stored(self):
        """Whether the question is known by now; None: it may be."""
        if self.readers == "gone-after" and outcome(self, self.form, False) == "answer":
            return None
        return any(outcome(self, *reader) == "answer" for reader in self.everyone())

    def asks_again(self):
        if self.silent():
            self.put(0, "model", "    up")
        if self.readers in ("left-alone", "gone-after"):
            self.put(0, "expect proxy.flights == 0")  # else perhaps it joins what was left
        self.put(0, "client next")
        self.put(1, "dial", self.ask(self.form))
        if self.stored() is not None:
            self.put(1, f"header X-Cache == {'HIT' if self.stored() else 'MISS'}")
        self.put(1, "outcome answer", self.ask(self.form), "header X-Cache == HIT",
                 "outcome answer", "leave")

    def requests(self):
        """How often the model is asked, at the most."""
        answered = sum(outcome(self, *reader) == "answer" for reader in self.everyone())
        again = 1 if is_retried(self) else 0 if ending(self) == "good" else answered
        return (self.connection == "kept") + (self.moment != "connect") + again + \
            (not self.stored())

    def nothing_left(self, before):
        idle = 0 if self.connection == "fresh" else 4
        self.put(0, f"expect model.requests <= {before + self.requests()}",
                 f"expect model.open <= {idle}", f"expect proxy.new-fds <= {idle + 1}",
                 *(f"expect proxy.{name} == 0" for name in TRANSIENT))

    def scenario(self, before):
        """before: how often the model was asked until here."""
        self.put(0, f"# {self.number}. {self.title()}", "")
        self.model()
        self.leader()
        self.joins()
        self.put(0, "join")
        self.asks_again()
        self.nothing_left(before)
        return "\n".join([*self.lines, ""])


def name_of(form):
    return form.upper().replace("-", "_")


class Group:
    """The cells of one fault, form and kind of connection."""

    def __init__(self, fault, form, connection):
        self.name = f"{fault}/{form}/{connection}"
        moments = FAULTS[fault][1]
        rows = [(m, r) for m in moments for r in READERS
                if not impossible(fault, m, form, r, connection)]
        self.fault, self.form = fault, form
        self.cells = [Cell(number, fault, moment, form, readers, connection)
                      for number, (moment, readers) in enumerate(rows, 1)]

    def scenario(self, sanitized):
        lets = [f"let {name_of(form)} = {forms.compact(body).decode()}"
                for form, (_, body) in forms.REQUESTS.items()]
        lines = [f"# {self.name}: {len(self.cells)} cells.", "", *lets, "",
                 "model", "    exchange always GET /warm", "        answer 200", "",
                 "proxy", "    admin.listen = unix:$DIR/admin"]
        if self.fault == "stalls":
            scale = 4 if sanitized else 1
            bounds = {"connect": 250, "head": 800, "idle": 250}
            lines += [f"    upstream.{name}_timeout = {bound * scale}ms"
                      for name, bound in bounds.items()]
        asked = itertools.accumulate((cell.requests() for cell in self.cells), initial=0)
        return "\n".join([*lines, "", *(cell.scenario(before)
                                        for cell, before in zip(self.cells, asked))])


def groups(patterns):
    every = [Group(fault, form, connection) for fault in FAULTS for form in FORMS
             for connection in CONNECTIONS]
    wanted = [g for g in every if any(fnmatch.fnmatch(g.name, p) for p in patterns)]
    return [group for group in wanted if group.cells]


def main():
    parser = argparse.ArgumentParser(description="Plays the fault matrix.")
    parser.add_argument("--binary", default=os.environ.get("REPRISE", "./build/reprise"))
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--print", action="store_true", help="the scenarios, without playing them")
    parser.add_argument("patterns", nargs="*", default=["*"], metavar="FAULT/FORM/CONNECTION")
    options = parser.parse_args()
    sanitized = os.environ.get("REPRISE_SANITIZED") == "1"
    chosen = groups(options.patterns)
    if options.print:
        print("\n".join(group.scenario(sanitized) for group in chosen))
        return 0
    tasks = [runner.Task(group.name, group.scenario(sanitized), os.path.abspath(options.binary),
                         sanitized) for group in chosen]
    print(f"# {sum(len(group.cells) for group in chosen)} cells")
    return runner.play_all(tasks, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
