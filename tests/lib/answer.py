"""Reads an answer from a socket: its head, its body without framing, and how it ended."""

import time

import wire
from script import Failed
from values import find_header

SIP = 0.002  # seconds between two reads of a slow reader


class Answer:
    def __init__(self, connection, method):
        self.wire, self.method = connection, method
        self.version, self.status, self.headers = None, None, []
        self.interims = []
        self.body = bytearray()
        self.left = None  # bytes of the body, or of the chunk, that are still to come
        self.ending = None  # "whole" or "torn"

    def read_interim(self):
        """Reads the next head of any status."""
        lines = self.wire.head()
        if lines is None:
            raise Failed("the connection ended without an answer")
        try:
            self.version, status = lines[0].split(" ", 2)[:2]
            self.status = int(status)
        except ValueError:
            raise Failed(f"no status line: {lines[0]!r}") from None
        self.headers = wire.parse_headers(lines[1:])
        if 100 <= self.status < 200:
            self.interims.append(self.status)
        return self.status

    def read_head(self):
        while self.status is None or 100 <= self.status < 200:
            self.read_interim()
        if not self.framing_known():
            self.frame()

    def framing_known(self):
        return self.ending or self.left is not None

    def frame(self):
        if self.method == "HEAD" or self.status in (204, 304):
            self.ending = "whole"
        elif self.chunked():
            self.left = 0
        else:
            length = find_header(self.headers, "Content-Length")
            self.left = int(length) if length is not None else float("inf")
            if self.left == 0:
                self.ending = "whole"

    def chunked(self):
        return find_header(self.headers, "Transfer-Encoding", "").lower() == "chunked"

    def says_close(self):
        return find_header(self.headers, "Connection", "").lower() == "close"

    def pump(self):
        """Reads a little more of the body. Returns False if it has ended."""
        self.read_head()
        if self.ending:
            return False
        try:
            return self.pump_chunk() if self.chunked() else self.pump_plain()
        except wire.Ended:
            self.ending = "torn"
            return False

    def pump_plain(self):
        if not self.wire.buffer and not self.wire.fill():
            self.ending = "whole" if self.left == float("inf") else "torn"
            return False
        part = self.wire.take(int(min(self.left, len(self.wire.buffer))))
        self.body += part
        self.left -= len(part)
        if self.left == 0:
            self.ending = "whole"
        return True

    def pump_chunk(self):
        if self.left == 0:
            line = self.wire.until(b"\r\n").split(b";")[0]
            try:
                self.left = int(line, 16)
            except ValueError:
                raise Failed(f"no chunk size: {line!r}") from None
            if self.left == 0:
                while self.wire.until(b"\r\n") != b"\r\n":
                    pass
                self.ending = "whole"
                return False
        if not self.wire.buffer and not self.wire.fill():
            raise wire.Ended("in a chunk")
        part = self.wire.take(min(self.left, len(self.wire.buffer)))
        self.body += part
        self.left -= len(part)
        if self.left == 0 and self.wire.exactly(2) != b"\r\n":
            raise Failed("a chunk is longer than it says")
        return True

    def read_probe(self):
        """Waits for a zero before the size of the next chunk, without consuming it."""
        while not self.left and not self.wire.buffer and self.wire.fill():
            pass
        if self.left or self.wire.buffer != b"0":
            raise Failed(f"no probe: {bytes(self.wire.buffer[:100])}")

    def read_all(self):
        while self.pump():
            pass

    def read_slowly(self):
        while self.pump():
            time.sleep(SIP)  # allowed: makes it slow, waits for nothing
