#!/usr/bin/env python3
"""Lets every single allocation of a request fail: for each n, the n-th allocation that the whole process
makes for a miss or a hit (fail_memory.c), in Reprise and in libraries.

    tests/lib/memory_matrix.py --binary build/reprise [NAME…]

Each time, the client must get the right answer, an error, or visibly no whole answer; the process must
go on or, if the allocation was small, abort with the message of base/memory.c; the same request sent
again must get the right answer. In the end the process must have closed its descriptors and exit with
0.
"""

import argparse
import collections
import mmap
import os
import re
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import forms  # noqa: E402
import runner  # noqa: E402
from client import Client  # noqa: E402
from outcome import outcome_of  # noqa: E402
from proxy import Proxy  # noqa: E402
from script import Failed, parse  # noqa: E402
from world import World  # noqa: E402

BOUND = 20  # seconds for one request, whatever happens
# Bytes. No allocation of fixed size is larger; larger ones depend on input and must not abort.
SMALL = 20 << 10
CLEAN_ABORT = re.compile(r"""reprise:\ \S*(
    base/memory\.c         # what is small and ours
    | proxy/request/request\.c # a request: 5 KB
    | proxy/http/recv_filter\.c # its table of connections
    | cache/key/fingerprint\.c # OpenSSL's state of a digest
    | upstream/pool\.c     # libcurl's bookkeeping
    ):\d+:\ assertion\ failed""", re.X)

# The request before, and the request for which memory runs out.
TRIALS = {
    "miss, plain": ((), "plain"),
    "miss, stream": ((), "stream"),
    "miss, embeddings": ((), "embeddings"),
    "partly known embeddings": (("embeddings-one",), "embeddings"),
    "hit, plain": (("plain",), "plain"),
    "hit, stream": (("stream",), "stream"),
    "hit, embeddings": (("embeddings",), "embeddings-turned"),
    "stream, folded": (("stream",), "plain"),
    "object, unfolded": (("plain",), "stream"),
    "responses, folded": (("responses",), "responses-plain"),
    "messages, unfolded": (("messages-plain",), "messages"),
    "usage left out": (("usage",), "stream"),
    "long miss, plain": ((), "plain"),
    "long miss, stream": ((), "stream"),
    "long miss, embeddings": ((), "embeddings"),
    "long hit, plain": (("plain",), "plain"),
    "long hit, stream": (("stream",), "stream"),
    "long hit, embeddings": (("embeddings",), "embeddings-turned"),
    "long stream, folded": (("stream",), "plain"),
    "long object, unfolded": (("plain",), "stream"),
}
MODEL = """
model
    exchange always POST * unread
        reply close
"""


class Countdown:
    """The file shared with the process."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "countdown")
        with open(self.path, "wb") as file:
            file.write(bytes(16))
        with open(self.path, "r+b") as file:
            self.at = mmap.mmap(file.fileno(), 16)

    def set(self, count):
        self.at[:16] = struct.pack("=qq", count, 0)

    def left(self):
        return struct.unpack("=qq", self.at[:16])[0]

    def size(self):
        return struct.unpack("=qq", self.at[:16])[1]


class Trial:
    def __init__(self, name, binary):
        self.name = name
        self.before, self.form = TRIALS[name]
        if name.startswith("long"):
            forms.be_long()
        self.world = World(binary)
        self.model = self.world.model()
        self.world.perform(parse(MODEL))
        self.countdown = Countdown(self.world.directory)
        self.tally = collections.Counter()
        self.asked = 0
        self.start()

    def start(self):
        self.world.proxy = proxy = Proxy(self.world)
        proxy.settings = {"upstream.head_timeout": "5s", "log.access": "false"}
        proxy.environment = {"LD_PRELOAD": self.world.lookup("SHIMS").decode() + "/fail_memory.so",
                             "FAIL_MEMORY": self.countdown.path,
                             "ASAN_OPTIONS": "verify_asan_link_order=0"}
        proxy.start()

    def ask(self, form, salt):
        """salt: changes the request. Returns an outcome (outcome.py), or "nothing"."""
        self.world.deadline = time.monotonic() + BOUND
        path, body = forms.REQUESTS[form]
        if self.name.startswith("long"):
            body = {**body, "stop": "x" * 40000}
        target, body = f"{path}?{salt}", forms.compact(body)
        client = Client(self.world, "client")
        headers = [("Host", "x"), ("Content-Type", "application/json"),
                   ("Content-Length", str(len(body)))]
        try:
            client.transmit("POST", target, "HTTP/1.1", headers, body)
            client.current().read_all()
        except Failed as failure:
            if time.monotonic() > self.world.deadline:
                raise
            self.world.note("client", str(failure))
            return "nothing"
        finally:
            if client.wire and client.wire.sock:
                client.wire.close()
        return outcome_of(client.answer, target, body)[0]

    def ask_well(self, form, salt):
        found = self.ask(form, salt)
        if found != "answer":
            raise Failed(f"the {salt}th time, with all its memory: {found}")

    def one(self, n):
        """Returns False if there is no n-th allocation."""
        for form in self.before:
            self.ask_well(form, n)
        self.countdown.set(n)
        found = self.ask(self.form, n)
        left = self.countdown.left()
        size = self.countdown.size()
        self.countdown.set(0)
        if left > 0:
            return False
        self.world.note("trial", f"allocation {n} of {size} bytes failed: {found}")
        # A process that is aborting does not answer.
        if found in ("nothing", "torn") and self.ask("plain", "probe") == "nothing":
            self.check_abort(size)
            self.tally["aborted"] += 1
            self.start()
        else:
            self.tally["answered" if found == "answer" else "refused"] += 1
        self.ask_well(self.form, n)
        return True

    def check_abort(self, size):
        code = self.world.proxy.exit_code()
        log = self.world.proxy.log()
        if not CLEAN_ABORT.search(log):
            raise Failed(f"ended with {code}: {log[-2000:]}")
        if size > SMALL:
            raise Failed(f"aborts for want of {size} bytes")

    def play(self):
        self.ask_well(self.form, 0)
        n = 1
        while self.one(n):
            n += 1
        self.world.deadline = time.monotonic() + 60
        self.world.perform(parse("expect model.open == 0\nexpect proxy.new-fds <= 1"))
        self.world.proxy.finish()
        self.world.check()
        return n - 1


def play(job):
    """Plays a case and prints its TAP lines. Returns how many allocations failed."""
    number, name, options = job
    trial = Trial(name, os.path.abspath(options.binary))
    try:
        count, failure = trial.play(), None
    except Failed as failed:
        count, failure = 0, trial.world.failure[2] if trial.world.failure else failed
    finally:
        trial.world.tear_down()
    told = ", ".join(f"{count} {what}" for what, count in sorted(trial.tally.items()))
    line = f"{'not ok' if failure else 'ok'} {number} - {name}: {count} allocations ({told})"
    if failure:
        line += "\n" + runner.comment(f"{failure}\n{trial.world.transcript}")
    return line, count, bool(failure)


def main():
    parser = argparse.ArgumentParser(description="Lets each allocation of a request fail.")
    parser.add_argument("--binary", default="./build/reprise")
    parser.add_argument("trials", nargs="*", default=list(TRIALS), metavar="NAME")
    options = parser.parse_args()
    print(f"1..{len(options.trials)}", flush=True)
    with runner.processes(2) as pool:
        jobs = [(number, name, options) for number, name in enumerate(options.trials, 1)]
        total, failures = 0, 0
        for line, count, failed in pool.imap(play, jobs):
            print(line, flush=True)
            total, failures = total + count, failures + failed
    print(f"# {total} allocations failed, one at a time")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
