"""The verbs of a model's exchange for faults: answers in pieces, and wrong answers."""

import json

import forms
import values
from actor import Actor
from script import Failed
from wire import Ended

LIES = {"long": 10, "short": -10}
INTRUDER = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
            b'{"evil":"evil"}')


class Faulty(Actor):
    """The lines of an exchange for the fault matrix. The answer is the one that the request
    names (forms.py)."""

    left = None  # pieces of the answer that have not been sent

    def content(self):
        return forms.answer_to(self.target, self.body)

    def pieces_left(self):
        if self.left is None:
            self.left = list(forms.pieces(self.content(), more=self.extra))
        return self.left

    def do_up_to(self, cursor, line):
        """up-to MOMENT: sends the answer until then."""
        wanted = cursor.word()
        if wanted not in forms.MOMENTS:
            raise Failed(f"no such moment; there are {', '.join(forms.MOMENTS)}")
        self.send_pieces(wanted)

    def send_pieces(self, wanted):
        place = forms.MOMENTS.index(wanted)
        while self.pieces_left() and forms.MOMENTS.index(self.left[0][0]) <= place:
            self.send(self.left.pop(0)[1])

    def rest(self):
        rest, self.left = b"".join(part for _, part in self.pieces_left()), []
        return rest

    def do_reply(self, cursor, line):
        """reply [close]: sends all of it if the request was complete, even if the client has left; with
        close, its head has Connection: close."""
        closes = cursor.accept("close")
        try:
            self.read_body()
            if closes:
                self.left = list(forms.pieces(self.content(), more=(*self.extra, "Connection: close")))
            self.send(self.rest())
        except Ended:
            closes = True
        if closes:
            self.wire.close()

    def do_offer(self, cursor, line):
        """Sends the rest; expects the proxy to close the connection before it has all."""
        try:
            self.send(self.rest())
        except Ended:
            self.wire.close()
            return
        raise Failed("the proxy took all of it")

    def do_drip(self, cursor, line):
        """Sends the rest one byte at a time."""
        for byte in self.rest():
            self.wire.send(bytes([byte]))

    def do_overflow(self, cursor, line):
        """Sends the rest, followed at once by surplus bytes."""
        self.send(self.rest() + INTRUDER)

    def do_intrude(self, cursor, line):
        self.send(INTRUDER)

    def do_garble(self, cursor, line):
        """Sends as many bytes as the rest has, all of them wrong."""
        self.send(bytes(byte ^ 0x80 for byte in self.rest()))

    def do_lie(self, cursor, line):
        """lie long|short: sends a wrong length: for an object in its head, which must not have been sent;
        for a stream in the chunk of the next event. Everything else is right."""
        by, content = LIES[cursor.word()], self.content()
        if not isinstance(content, list):
            self.left = list(forms.pieces(content, by, self.extra))
        else:
            self.left[0] = (self.left[0][0], lying(self.left[0][1], by))
        try:
            self.send(self.rest())
        except Ended:
            self.wire.close()  # the proxy may stop reading a long rest once it is known to be wrong

    def do_regret(self, cursor, line):
        """regret [done]: sends an error instead of the rest, between two events or instead of the object;
        then ends the stream properly, with `done` by its terminal event."""
        content = self.content()
        if not isinstance(content, list):
            content = {"error": {"message": "boom", "type": "server_error", "code": 500}}
            self.left = list(forms.pieces(content, more=self.extra))
            self.send(self.rest())
            return
        self.send(values.chunk(forms.error_event(self.target)))
        if cursor.accept("done"):
            self.send(values.chunk(content[-1]))
        self.send(values.LAST_CHUNK)
        self.left = []

    def do_status(self, cursor, line):
        """status N: sends an error in the endpoint's format, with Retry-After."""
        error = {"message": "not now", "type": "overloaded_error", "code": "not_now"}
        self.extra.append("Retry-After: 7")
        thing = {"type": "error", "error": error} if "/messages" in self.target else {"error": error}
        body = json.dumps(thing).encode()
        self.send_head(cursor.number(), [f"Content-Type: {values.JSON}",
                                         f"Content-Length: {len(body)}"], body)


def lying(part, by):
    """Changes the declared size of the chunk at the front of the data."""
    size, _, rest = part.partition(b"\r\n")
    return b"%x\r\n%s" % (int(size, 16) + by, rest)
