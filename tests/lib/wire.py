"""A socket with a buffer, a deadline and a transcript."""

import select
import socket
import ssl
import struct
import time

from script import Failed
from tls_socket import TlsSocket


BREATH = 0.02  # seconds
NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Ended(Failed):
    """The other end closed or reset the connection before all expected bytes came."""


def dial(address, receive_buffer=None, trust=None):
    """Connects to HOST:PORT or unix:PATH; to the former with TLS if `trust` names a file of CA
    certificates."""
    if address.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(address[5:])
        return sock
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.connect((host, int(port)))
    if not trust:
        return sock
    context = ssl.create_default_context(cafile=trust)
    return TlsSocket(sock, context, "localhost")


def crowd(address):
    """Fills the queue of a listener that accepts no connections."""
    callers = [socket.socket() for _ in range(3)]
    for caller in callers:
        caller.setblocking(False)
        caller.connect_ex(address)
    return callers


def reset(sock):
    """Closes the socket with a RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Wire:
    def __init__(self, world, name, sock):
        self.world, self.name, self.sock = world, name, sock
        self.buffer = bytearray()  # which grows and shrinks without being copied
        self.ended = False
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        if self.sock:
            self.world.note(self.name, "closes")
            self.sock.close()
            self.sock = None

    def reset(self):
        self.world.note(self.name, "resets")
        reset(self.sock)
        self.sock = None

    def half_close(self):
        self.world.note(self.name, "closes its half")
        self.sock.shutdown(socket.SHUT_WR)

    def wait(self, events, bound=None):
        """Waits until the socket is ready. Returns False if the bound (seconds) passed first."""
        poll = select.poll()
        poll.register(self.sock, events)
        until = None if bound is None else time.monotonic() + bound
        while True:
            self.world.check()
            left = 0.5 if until is None else min(0.5, until - time.monotonic())
            if left < 0:
                return False
            if poll.poll(left * 1000):
                return True

    def send(self, data, stall=None):
        """Sends all; returns how much was sent before the other end accepted nothing for `stall`
        seconds."""
        if not self.sock:
            raise Failed("the connection is closed")
        self.world.note(self.name, "->", data)
        view = memoryview(data)
        while view:
            if not self.wait(select.POLLOUT, stall):
                break
            try:
                view = view[self.sock.send(view) :]
            except NOT_YET:
                continue
            except OSError as error:
                raise Ended(f"cannot send: {error}") from None
        return len(data) - len(view)

    def pour(self, data, bound):
        """Sends it over and over for this time. Only an error interrupts the pause between two."""
        until = time.monotonic() + bound
        while time.monotonic() < until:
            self.send(data)
            self.wait(0, BREATH)

    def fill(self, bound=None):
        """Reads at least one byte. Returns False at the end; with a bound, None if nothing came in
        time."""
        if self.ended:
            return False
        if not self.sock:
            raise Failed("the connection is closed")
        while True:
            try:
                data = self.sock.recv(65536)
                break
            except NOT_YET:
                if not self.wait(select.POLLIN, bound):
                    return None
            except OSError:
                data = b""
                self.world.note(self.name, "is reset")
                break
        self.ended = not data
        self.world.note(self.name, "<-", data)
        self.buffer += data
        return bool(data)

    def take(self, size):
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def exactly(self, size):
        while len(self.buffer) < size:
            if not self.fill():
                raise Ended(f"the connection ended {size - len(self.buffer)} bytes too early")
        return self.take(size)

    def until(self, mark):
        """Reads up to and including the mark."""
        while mark not in self.buffer:
            if not self.fill():
                raise Ended(f"the connection ended before {mark!r}")
        return self.take(self.buffer.index(mark) + len(mark))

    def head(self):
        """Reads the lines of a message's head; None if the connection ended before its first byte."""
        while not self.buffer:
            if not self.fill():
                return None
        return self.until(b"\r\n\r\n")[:-4].decode("latin-1").split("\r\n")


def parse_headers(lines):
    return [tuple(part.strip() for part in line.split(":", 1)) for line in lines]


def values_of(headers, name):
    return [value for key, value in headers if key.lower() == name.lower()]
