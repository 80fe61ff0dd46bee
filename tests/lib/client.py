"""Scripted clients: HTTP over a raw socket, so that no library changes what is sent.

size: one class with a method for each word of the language."""

import json
import re
import time

import values
import wire
from actor import Actor
from answer import Answer
from expect import check_bytes, check_embeddings, check_texts, compare_text, shorten
from outcome import outcome_of
from script import Failed

UNTIL_BOUND = 15
CLOSE_BOUND = 20
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


class Client(Actor):
    """client NAME [xN] [&]"""

    def __init__(self, world, name):
        super().__init__(world, name)
        self.address, self.receive_buffer = None, None
        self.trust = world.trust
        self.wire = None
        self.answer = None
        self.question = None  # target and body of the last request
        self.asked = []  # methods of requests whose answers have not begun

    # Sending

    def do_dial(self, cursor, line):
        """dial [ADDRESS]: a new connection, to this address from now on."""
        if cursor:
            self.address = cursor.word()
        if self.wire and self.wire.sock:
            self.wire.close()
        self.wire = None

    def do_receive_buffer(self, cursor, line):
        self.receive_buffer = cursor.number()

    def do_tls(self, cursor, line):
        """tls FILE: the next connections use TLS and trust the certificates in FILE."""
        self.trust = cursor.word()
        self.do_dial(cursor, line)

    def connect(self):
        if self.wire and self.wire.sock:
            return
        address = self.address or self.world.entrance()
        try:
            sock = wire.dial(address, self.receive_buffer, self.trust)
        except OSError as error:
            raise Failed(f"cannot connect to {address}: {error}") from None
        self.wire = wire.Wire(self.world, self.name, sock)
        self.asked, self.answer = [], None

    def ask(self, cursor, line, method, keep_open=False):
        """Sends a request's head, and its body unless later lines do."""
        if not keep_open:
            self.drop_answer()
        target = cursor.word()
        version = cursor.accept("HTTP/1.0", "HTTP/1.1") or "HTTP/1.1"
        chunked = cursor.accept("chunked")
        value = values.read_value(cursor, self) if cursor else None
        headers = [("Host", self.world.host())]
        body = value.data if value else b""
        if chunked:
            headers.append(("Transfer-Encoding", "chunked"))
            body = values.chunk(body) + values.LAST_CHUNK
        elif value:
            headers.append(("Content-Length", str(len(body))))
        if value:
            headers.append(("Content-Type", value.content_type))
        self.transmit(method, target, version, self.amend(headers, line.children), body)

    def transmit(self, method, target, version, headers, body):
        self.connect()
        head = [f"{method} {target} {version}"] + [f"{k}: {v}" for k, v in headers]
        self.asked.append(method)
        self.question = (target, body)
        self.wire.send(("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body)

    def amend(self, ours, lines):
        """Header lines below a request replace the default of that name; `- NAME` removes it."""
        theirs = []
        for line in lines:
            cursor = self.cursor(line.text)
            without = cursor.accept("-")
            name, _, value = cursor.rest().partition(":")
            ours = [header for header in ours if header[0].lower() != name.lower()]
            if not without:
                theirs.append((name, value.strip()))
        return ours + theirs

    def do_request(self, cursor, line):
        """request METHOD TARGET [HTTP/1.0] [chunked] [VALUE]"""
        self.ask(cursor, line, cursor.word())

    def do_replay(self, cursor, line):
        """replay NAME: sends the request of a recorded trace, its body by length."""
        name = cursor.word()
        first, headers, _ = values.split_message(values.trace(name, "req"))
        body = values.trace_body(name, "req")
        method, target, _ = first.split(" ")
        ours = [("Host", self.world.host()), ("Content-Length", str(len(body.data)))]
        if not body.data:
            ours.pop()
        ours += [h for h in headers if h[0].lower() not in values.FRAMING]
        self.drop_answer()
        self.transmit(method, target, "HTTP/1.1", self.amend(ours, line.children), body.data)

    def do_pipeline(self, cursor, line):
        """Like request, without reading the previous answer."""
        self.ask(cursor, line, cursor.word(), keep_open=True)

    def do_send(self, cursor, line):
        """Sends raw bytes. If no answer is outstanding they begin a request."""
        self.connect()
        if not self.asked and (not self.answer or self.answer.ending):
            self.answer = None
            self.asked.append("GET")
        self.wire.send(values.read_value(cursor, self).data)

    def do_pour(self, cursor, line):
        """pour VALUE: sends it over and over until the proxy closes the connection."""
        data = values.read_value(cursor, self).data
        try:
            self.wire.pour(data, CLOSE_BOUND)
        except wire.Ended:
            return self.do_leave(cursor, line)
        raise Failed(f"the connection was not cut off within {CLOSE_BOUND} s")

    def do_chunk(self, cursor, line):
        self.wire.send(values.chunk(values.read_value(cursor, self).data))

    def do_end(self, cursor, line):
        self.wire.send(values.LAST_CHUNK)

    # Reading

    def drop_answer(self):
        """Reads the previous answer, if there is one, to its end."""
        if self.wire and self.wire.sock and (self.asked or self.answer):
            self.current().read_all()
            if self.answer.ending == "torn" or self.wire.ended or self.answer.says_close():
                self.wire.close()
        self.answer = None

    def current(self):
        """Returns the current answer, or the next one if it is over and another was requested."""
        if self.answer is None:
            if not self.asked:
                raise Failed("nothing was asked")
            self.answer = Answer(self.wire, self.asked.pop(0))
        return self.answer

    def do_next(self, cursor, line):
        """Goes on to the next answer of a pipeline."""
        self.current().read_all()
        self.answer = None

    def headed(self):
        self.current().read_head()
        return self.answer

    def complete(self):
        answer = self.current()
        answer.read_all()
        return answer

    def body_of_last(self):
        if not self.answer:
            raise Failed(f"client {self.name} has no answer")
        return bytes(self.answer.body)

    def do_read(self, cursor, line):
        """read: all. read slowly. read head. read SIZE. read until TEXT."""
        answer = self.current()
        if not cursor:
            answer.read_all()
        elif cursor.accept("slowly"):
            answer.read_slowly()
        elif cursor.accept("head"):
            answer.read_head()
        elif cursor.accept("until"):
            mark = cursor.rest().encode("latin-1")
            self.read_while(lambda: mark not in answer.body, f"{mark!r}")
        else:
            size = cursor.number()
            self.read_while(lambda: len(answer.body) < size, f"{size} bytes")

    def read_while(self, missing, what):
        while missing():
            if not self.answer.pump() and missing():
                raise Failed(f"the answer ended ({self.answer.ending}) before {what}: "
                             f"{shorten(self.answer.body)}")

    def do_interim(self, cursor, line):
        wanted = cursor.number()
        status = self.current().read_interim()
        if status != wanted:
            raise Failed(f"interim status is {status}")

    def do_probed(self, cursor, line):
        self.headed().read_probe()

    # Expecting

    def do_status(self, cursor, line):
        wanted = cursor.number()
        answer = self.headed()
        if answer.status != wanted:
            answer.read_all()
            raise Failed(f"status is {answer.status}, expected {wanted}; body "
                         f"{shorten(answer.body)}")

    def do_version(self, cursor, line):
        check_texts("version", [self.headed().version], cursor)

    def do_interims(self, cursor, line):
        """Checks the interim statuses before the answer, as a list separated by spaces."""
        check_texts("interims", [" ".join(map(str, self.headed().interims))], cursor)

    def do_header(self, cursor, line):
        name = cursor.word()
        check_texts(f"header {name}", wire.values_of(self.headed().headers, name), cursor)

    def do_body(self, cursor, line):
        """body OP VALUE of a whole answer; `torn` first for a torn one. body length N."""
        answer = self.current()
        if answer.ending != "torn":
            self.do_whole(cursor, line)
        if cursor.accept("length"):
            check_texts("body's length", [str(len(answer.body))], cursor)
            return
        op = cursor.word()
        if op in ("~", "!~"):
            wanted = cursor.rest()
            if not compare_text(answer.body.decode("latin-1"), op, wanted):
                raise Failed(f"body is {shorten(answer.body)}, expected {op} {wanted}")
            return
        check_bytes("body", answer.body, op, values.read_value(cursor, self).data)

    def do_means(self, cursor, line):
        """means VALUE: the same JSON, or the same events, in any spelling."""
        self.do_whole(cursor, line)
        found = values.meaning(self.answer.body)
        wanted = values.meaning(values.read_value(cursor, self).data)
        if found != wanted:
            raise Failed(f"the answer means {shorten(json.dumps(found).encode())}, "
                         f"expected {shorten(json.dumps(wanted).encode())}")

    def do_json(self, cursor, line):
        """json PATH OP TEXT: compares the text of a member of the answer."""
        path = cursor.word()
        try:
            thing = json.loads(self.complete().body)
        except ValueError:
            raise Failed(f"body is no JSON: {shorten(self.answer.body)}") from None
        for step in path.split("."):
            thing = self.member(thing, step)
        found = thing if isinstance(thing, str) else json.dumps(thing)
        check_texts(path, [] if thing is self.ABSENT else [found], cursor)

    def do_outcome(self, cursor, line):
        """outcome answer | told | torn | broken | STATUS [CODE[|CODE]]: the kind of answer (outcome.py)."""
        found, code = outcome_of(self.complete(), *self.question)
        wanted = cursor.word()
        if found != wanted:
            raise Failed(f"{found}, and not {wanted}; status {self.answer.status}, "
                         f"{shorten(self.answer.body)}")
        codes = cursor.word().split("|") if cursor else [code]
        if code is not None and code not in codes:
            raise Failed(f"the error's code is {code}")

    ABSENT = ()

    def do_embeddings(self, cursor, line):
        """embeddings == VALUE: both are the same list of embeddings, but for usage, the order of
        members and how float32 are written."""
        if cursor.word() != "==":
            raise Failed("embeddings only compares with ==")
        wanted = values.read_value(cursor, self)
        check_embeddings(self.complete().body, wanted.data)

    def member(self, thing, step):
        if isinstance(thing, list) and step.isdigit() and int(step) < len(thing):
            return thing[int(step)]
        return thing.get(step, self.ABSENT) if isinstance(thing, dict) else self.ABSENT

    def do_whole(self, cursor, line):
        if self.complete().ending != "whole":
            raise Failed(f"the answer is torn after {len(self.answer.body)} bytes")

    def do_torn(self, cursor, line):
        if self.complete().ending != "torn":
            raise Failed(f"the answer is whole: {shorten(self.answer.body)}")

    def do_closed(self, cursor, line):
        """Expects the proxy to close the connection without sending more."""
        if self.answer or self.asked:
            self.complete()
        more = self.wire.buffer or self.wire.fill(CLOSE_BOUND)
        if more is None:
            raise Failed(f"the connection was not closed within {CLOSE_BOUND} s")
        if more:
            raise Failed(f"more came: {shorten(self.wire.buffer)}")
        self.wire.close()

    def do_over(self, cursor, line):
        """Expects the end of the answer, or of the connection without an answer."""
        if self.wire.buffer or self.wire.fill():
            self.complete()

    def do_no_answer(self, cursor, line):
        """Expects the connection to end without a byte of an answer."""
        more = self.wire.fill(CLOSE_BOUND)
        if more is None or more:
            raise Failed(f"{shorten(self.wire.buffer) if more else 'silence'} instead of the end")
        self.do_leave(cursor, line)

    def do_hung_up(self, cursor, line):
        """Expects the proxy to close the connection after any bytes."""
        while more := self.wire.fill(CLOSE_BOUND):
            pass
        if more is None:
            raise Failed(f"the connection was not closed within {CLOSE_BOUND} s")
        self.do_leave(cursor, line)

    def do_refused(self, cursor, line):
        """Expects that connecting fails, or that the connection ends without a byte."""
        try:
            sock = wire.dial(self.address or self.world.entrance(), trust=self.trust)
        except OSError:
            return
        self.wire = wire.Wire(self.world, self.name, sock)
        if self.wire.fill(1):
            raise Failed("the connection was accepted")

    # Leaving

    def do_leave(self, cursor, line):
        self.wire.close()
        self.asked, self.answer = [], None

    def do_reset(self, cursor, line):
        self.wire.reset()
        self.asked, self.answer = [], None

    def do_half_close(self, cursor, line):
        self.wire.half_close()

    # More than once

    def do_until(self, cursor, line):
        """until header NAME OP VALUE: repeats the lines below until this is true, for a bounded time.
        For changes that only time causes."""
        if cursor.word() != "header":
            raise Failed("one can only wait until header …")
        name, op, wanted = cursor.word(), cursor.word(), cursor.rest()
        give_up = time.monotonic() + UNTIL_BOUND
        while True:
            self.perform(line.children)
            self.line = line
            texts = wire.values_of(self.headed().headers, name)
            if texts and compare_text(", ".join(texts), op, wanted):
                return
            if time.monotonic() > give_up:
                raise Failed(f"still {texts} after {UNTIL_BOUND} s")
            time.sleep(0.02)  # allowed: there is no event to wait for, and it is bounded

    def do_settle(self, cursor, line):
        """Returns once every worker has handled what clients sent before: requests that Reprise
        answers by itself (401 where it asks for keys) have passed through all of them."""
        body = b'{"model":"settle","messages":[{"role":"user","content":"%f"}]}'
        head = ("POST /v1/chat/completions HTTP/1.1\r\nHost: settle\r\nConnection: close\r\n"
                "Cache-Control: only-if-cached\r\nContent-Type: application/json\r\n"
                "Content-Length: %d\r\n\r\n")
        for _ in range(self.world.workers * 4):
            other = wire.Wire(self.world, f"{self.name}'s settling",
                              wire.dial(self.address or self.world.entrance(), trust=self.trust))
            asked = body % time.monotonic()
            other.send((head % len(asked)).encode() + asked)
            while other.fill():
                pass
            other.close()
            if not re.match(rb"HTTP/1.1 (504|401)", other.buffer):
                raise Failed(f"could not settle: {shorten(other.buffer)}")


def shorthand(method):
    def do_method(self, cursor, line):
        self.ask(cursor, line, method.upper())
    return do_method


for name in METHODS:
    setattr(Client, f"do_{name}", shorthand(name))
