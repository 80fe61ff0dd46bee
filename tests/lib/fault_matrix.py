#!/usr/bin/env python3
"""The fault matrix: what clients see, what is stored and what is left over when the model server
fails in every way, at every moment of an answer, in every wire form, for every set of readers.

FAULTS, FORMS and READERS in fault_table.py are the matrix; `impossible` tells which combinations
cannot exist, and `outcome` what the others must result in. They are turned into scenarios, one for
each fault, form and kind of connection, whose cells are played one after the other in one proxy:

    tests/lib/fault_matrix.py --binary build/reprise [--jobs N] [PATTERN…]
    tests/lib/fault_matrix.py --print stalls/stream/fresh
    tests/lib/fault_matrix.py '*/plain/*' --readers same half-closer

Each form has a small answer or a "large" one of 0.9 to 20 MB.

After each cell the same request is sent again: it must go to the model unless the cell's answer was
whole and good, must get the right answer, and be a hit from then on. Nothing may be left over: no
connection on either side, no flight, no waiting request, and of the answers' bytes, counted when the
proxy ends, only those of the entries. A new fault is a row there, and perhaps a verb in faulty.py.
"""

import argparse
import fnmatch
import itertools
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import forms  # noqa: E402
import runner  # noqa: E402
from fault_table import (CONNECTIONS, FAULTS, FORMS, JOINED_SIZES, LARGE_FORMS,  # noqa: E402
                         LARGE_SIZES, LEFT_OUT, ORIGINS, READERS, ending, impossible, impossible_large, is_kept,
                         is_retried, outcome)

# Reprise's counters that must be 0 between two cells.
TRANSIENT = ("flights", "connections", "upstream_transfers", "upstream_waiting")
LARGE = "large "  # before a form's name
CORS = ("with Access-Control-Allow-Origin: *",)


# ## A cell, as a scenario

def gathering(form, moment):
    """Readers arrive a moment before the fault, if that is possible."""
    order = [m for m in forms.MOMENTS[1:]
             if forms.is_stream(form) or m not in ("between", "before-done")]
    return order[order.index(moment) - 1] if moment in order[1:] else "before-head"


class Cell:
    def __init__(self, number, fault, moment, form, readers, connection, size=0):
        """size: of a large answer; 0: small."""
        self.number, self.fault, self.moment, self.form = number, fault, moment, form
        self.readers, self.connection, self.size = readers, connection, size
        self.joiners = {"same": (form,) * 3, "others": (form,) * 3, "pages": (form,) * 2, "mixed": FORMS.get(form, ()), "leader-gone": (form,) * 2}
        self.joiners = self.joiners.get(readers, ())
        self.lines = []

    def title(self):
        of = f", {self.size / 1e6} MB" if self.size else ""
        return f"{self.fault}, {self.moment}: {READERS[self.readers]}{of}"

    def target(self, form):
        return f"{forms.REQUESTS[form][0]}?{self.number}" + (f"&{self.size}" if self.size else "")

    def ask(self, form, who=0):
        """Returns the lines of a request. who: 0 the first reader, then the joiners, -1 the repeated request."""
        if forms.REQUESTS[form][1] is None:
            yield f"get {self.target(form)}"
            return
        body = name_of(form, who if self.readers == "others" else 0)
        yield f"post {self.target(form)} ${body}"
        if self.readers == "pages":
            yield f"    Origin: {ORIGINS[who]}"

    def exchange(self):
        return f"{'GET' if forms.REQUESTS[self.form][1] is None else 'POST'} {self.target(self.form)}"

    def verdict(self):
        """Returns the X-Cache of requests that go to the model."""
        return "BYPASS" if forms.is_opaque(self.form) else "MISS"

    def put(self, depth, *lines):
        self.lines += ["    " * depth + line for line in lines]

    def left_alone(self):
        return self.readers == "left-alone"

    def gathers(self):
        """Returns when readers arrive; a single reader that leaves does so at the moment itself."""
        return self.moment if self.left_alone() else gathering(self.form, self.moment)

    # The lines of the model

    def arrives(self):
        return self.moment == "connect" and self.fault not in ("refuses", "stalls")

    def head_awaited(self, reader, joined):
        """A reader that sees a stream break must have seen it begin."""
        return self.readers != "gone-after" and outcome(self, reader, joined) == "torn"

    def read_first(self):
        """Whether the model continues once all have read the answer to its end."""
        return self.fault == "extra, later" or \
            self.size > 0 and self.fault == "resets" and self.moment == "after"

    def preflight(self):
        """Returns the preflight that a browser sends before the request of a page."""
        self.put(0, "model")
        self.put(1, f"exchange OPTIONS {self.target(self.form)}")
        self.put(2, *CORS, "with Connection: close", "with Access-Control-Allow-Methods: POST",
                 "with Access-Control-Allow-Headers: content-type", "answer 204")
        self.put(0, "client page", "    dial", f"    request OPTIONS {self.target(self.form)}",
                 f"        Origin: {ORIGINS[0]}", "        Access-Control-Request-Method: POST",
                 "        Access-Control-Request-Headers: content-type", "    status 204",
                 "    header Access-Control-Allow-Origin == *", "    leave")

    def model(self):
        if self.readers == "pages":
            self.preflight()
        if self.connection == "kept":
            self.put(0, "client warm", "    dial", "    get /warm", "    status 200", "    leave")
        self.put(0, "model")
        if self.moment == "connect" and not self.arrives():
            self.put(1, "down" if self.fault == "refuses" else "deaf")
        if self.arrives():
            self.put(1, "arrival")
        elif self.moment != "connect":
            self.put(1, f"exchange {self.exchange()}")
            self.put(2, *self.permits(), f"up-to {self.gathers()}")
        if self.moment != "connect" or self.arrives():
            self.put(2, f"tell {self.number}-asked", *self.waits(), *self.acts())
        self.put(1, f"exchange always {self.exchange()}")
        self.put(2, *self.permits(), "reply close" if self.connection == "fresh" else "reply")

    def permits(self):
        """Returns the CORS headers of the model's answers."""
        return CORS if self.readers == "pages" else ()

    def waits(self):
        if self.size and self.left_alone():
            return
        if self.readers in ("leader-gone", "left-alone"):
            yield f"await {self.number}-gone"
        elif self.joiners:
            yield f"await {self.number}-here {len(self.joiners)}"
        if not self.arrives() and not self.left_alone():
            yield f"up-to {self.moment}"
        if self.read_first():
            yield f"await {self.number}-read {len(list(self.everyone()))}"
        headed = [r for r in self.everyone() if self.head_awaited(*r)]
        if headed:
            yield f"await {self.number}-headed {len(headed)}"

    def everyone(self):
        """Returns the readers that read to the end, as (form, whether it joined)."""
        if self.readers not in ("leader-gone", "left-alone"):
            yield self.form, False
        for form in self.joiners:
            yield form, True

    def acts(self):
        acts = list(FAULTS[self.fault][0])
        if self.left_alone():
            return ["offer"] if self.size else ["see close"]
        told = f"tell {self.number}-done"
        if not acts:
            return ["close", told] if self.connection == "fresh" else [told]
        if acts[-1] == "see close" and self.arrives():
            return [*acts[:-1], told, "drain"]  # the request comes, too
        if acts[-1] == "see close":
            return [*acts[:-1], told, acts[-1]]
        closes = ["close"] if self.fault in ("slow", "extra") and self.connection == "fresh" or \
            self.fault in ("429", "500", "503", "error", "error, done") else []
        return [*acts, *closes, told]

    # The lines of the clients

    def leader(self):
        self.put(0, "client first &")
        if self.readers == "slow":
            self.put(1, "receive-buffer 64KiB")
        self.put(1, "dial", *self.ask(self.form))
        if self.readers == "half-closer":
            self.put(1, "half-close")
        if self.moment == "connect" and not self.arrives():
            self.put(1, "settle", f"tell {self.number}-asked")
        if self.readers == "leader-gone":
            self.put(1, f"await {self.number}-here 2")
        if self.readers in ("leader-gone", "left-alone"):
            self.put(1, f"await {self.number}-asked",
                     *(["read 64KiB"] if self.size and self.left_alone() else []),
                     "leave", "settle", f"tell {self.number}-gone")
        elif self.readers == "gone-after":
            self.put(1, f"await {self.number}-{'asked' if self.silent() else 'done'}", "leave")
        else:
            self.reads(self.form)

    def silent(self):
        return self.moment == "connect" and not self.arrives()

    def reads(self, form, who=0):
        """who: 0 or a joiner."""
        joined = who > 0
        if self.head_awaited(form, joined):
            self.put(1, "read head", f"tell {self.number}-headed")
        expected = outcome(self, form, joined)
        if not joined:
            self.put(1, f"header X-Cache == {self.verdict()}")
        elif expected != "answer":  # otherwise perhaps its own
            self.put(1, "header X-Cache == JOIN")
        if expected.endswith("not_now"):
            self.put(1, "header Retry-After == 7")
        if self.readers == "slow":
            self.put(1, "read slowly")
        if self.readers == "pages":
            self.put(1, *self.is_readable(who, error=expected[0].isdigit()))
        self.put(1, f"outcome {expected}")
        if self.read_first():
            self.put(1, f"tell {self.number}-read", f"await {self.number}-done")
        self.put(1, "leave")

    @staticmethod
    def is_readable(who, error=False):
        """Checks that a page can read the answer and its X-Cache. An error may be Reprise's."""
        allowed = f"~ ^(\\*|{ORIGINS[who]})$" if error else "== *"
        yield f"header Access-Control-Allow-Origin {allowed}"
        yield "header Access-Control-Expose-Headers ~ X-Cache"

    def joins(self):
        for index, form in enumerate(self.joiners):
            self.put(0, f"client joiner{index} &")
            self.put(1, f"await {self.number}-asked", "dial", *self.ask(form, index + 1), "settle",
                     f"tell {self.number}-here")
            self.reads(form, index + 1)

    def stored(self):
        """Whether the request is a hit now; None: either way."""
        if not is_kept(self):
            return False
        if self.readers == "gone-after" and outcome(self, self.form, False) == "answer":
            return None
        return any(outcome(self, *reader) == "answer" for reader in self.everyone())

    def asks_again(self):
        if self.silent():
            self.put(0, "model", "    up")
        if self.readers in ("left-alone", "gone-after"):
            self.put(0, "expect proxy.flights == 0")  # otherwise it may join the rest
        self.put(0, "client next")
        shown = list(self.is_readable(-1)) if self.readers == "pages" else []
        self.put(1, "dial", *self.ask(self.form, -1))
        if self.stored() is not None:
            self.put(1, f"header X-Cache == {'HIT' if self.stored() else self.verdict()}")
        self.put(1, *shown, "outcome answer", *self.ask(self.form, -1),
                 f"header X-Cache == {'HIT' if is_kept(self) else self.verdict()}", *shown,
                 "outcome answer", "leave")

    def requests(self):
        """Returns the most requests that the model may get."""
        answered = sum(outcome(self, *reader) == "answer" for reader in self.everyone())
        again = 1 if is_retried(self) else 0 if ending(self) == "good" else answered
        return (self.connection == "kept") + (self.moment != "connect") + again + \
            (not self.stored()) + (not is_kept(self)) + (self.readers == "pages")

    def nothing_left(self, before):
        idle = 0 if self.connection == "fresh" else 4
        self.put(0, f"expect model.requests <= {before + self.requests()}",
                 f"expect model.open <= {idle}", f"expect proxy.new-fds <= {idle + 1}",
                 *(f"expect proxy.{name} == 0" for name in TRANSIENT))

    def scenario(self, before):
        """before: the number of requests to the model so far."""
        self.put(0, f"# {self.number}. {self.title()}", "")
        self.model()
        self.leader()
        self.joins()
        self.put(0, "join")
        self.asks_again()
        self.nothing_left(before)
        return "\n".join([*self.lines, ""])


def name_of(form, other=0):
    """other: with one of LEFT_OUT, counted from 1; the last one is for the repeated request."""
    name = form.upper().replace("-", "_")
    return f"{name}_{other % (len(LEFT_OUT) + 1)}" if other else name


def lets():
    for form, (_, body) in forms.REQUESTS.items():
        if body is None:
            continue
        yield f"let {name_of(form)} = {forms.compact(body).decode()}"
        for other, more in enumerate(LEFT_OUT, 1):
            yield f"let {name_of(form, other)} = {forms.compact({**body, **more}).decode()}"


class Group:
    """The cells of one fault, form and kind of connection."""

    def __init__(self, fault, kind, connection, readers=READERS):
        """kind: a form's name, of large answers after `LARGE`."""
        self.name = f"{fault}/{kind}/{connection}"
        self.fault, self.form, self.connection = fault, kind.removeprefix(LARGE), connection
        self.large = kind.startswith(LARGE)
        rule = impossible_large if self.large else impossible
        rows = [(m, r) for m in FAULTS[fault][1] for r in readers
                if not rule(fault, m, self.form, r, connection)]
        self.cells = [Cell(number, fault, moment, self.form, readers, connection,
                           self.size(number, readers))
                      for number, (moment, readers) in enumerate(rows, 1)]

    def size(self, number, readers):
        """Returns the sizes in turn, with a different start in each group. For a single reader, only one
        that leaves in the middle needs a size that no buffer holds."""
        if not self.large:
            return 0
        if readers == "left-alone":
            return max(LARGE_SIZES)
        sizes = LARGE_SIZES if readers in ("one", "slow") else JOINED_SIZES
        return sizes[(number + sum(self.name.encode())) % len(sizes)]

    def scenario(self, sanitized):
        lines = [f"# {self.name}: {len(self.cells)} cells.", "", *lets(), "",
                 "model", "    exchange always GET /warm", "        answer 200", "",
                 "proxy", "    admin.listen = unix:$DIR/admin"]
        if self.large and self.connection == "kept":
            # A quick model server has answered before libcurl looks.
            lines += ["    env LD_PRELOAD=$SHIMS/slow_send.so",
                      "    env ASAN_OPTIONS=verify_asan_link_order=0"]
        if self.fault == "stalls":
            scale = (4 if sanitized else 1) * (8 if self.large else 1)
            bounds = {"connect": 250, "head": 800, "idle": 250}
            lines += [f"    upstream.{name}_timeout = {bound * scale}ms"
                      for name, bound in bounds.items()]
        asked = itertools.accumulate((cell.requests() for cell in self.cells), initial=0)
        return "\n".join([*lines, "", *(cell.scenario(before)
                                        for cell, before in zip(self.cells, asked))])


def groups(patterns, readers=READERS):
    kinds = [*FORMS, *(LARGE + form for form in LARGE_FORMS)]
    every = [Group(fault, kind, connection, readers) for fault in FAULTS for kind in kinds
             for connection in CONNECTIONS]
    wanted = [g for g in every if any(fnmatch.fnmatch(g.name, p) for p in patterns)]
    return [group for group in wanted if group.cells]


def main():
    parser = argparse.ArgumentParser(description="Plays the fault matrix.")
    parser.add_argument("--binary", default=os.environ.get("REPRISE", "./build/reprise"))
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--print", action="store_true", help="the scenarios, without playing them")
    parser.add_argument("--readers", choices=READERS, nargs="+", default=READERS)
    parser.add_argument("patterns", nargs="*", default=["*"], metavar="FAULT/FORM/CONNECTION")
    options = parser.parse_args()
    sanitized = os.environ.get("REPRISE_SANITIZED") == "1"
    chosen = groups(options.patterns, options.readers)
    if options.print:
        print("\n".join(group.scenario(sanitized) for group in chosen))
        return 0
    tasks = [runner.Task(group.name, group.scenario(sanitized), os.path.abspath(options.binary),
                         sanitized) for group in chosen]
    print(f"# {sum(len(group.cells) for group in chosen)} cells")
    return runner.play_all(tasks, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
