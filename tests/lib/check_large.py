#!/usr/bin/env python3
"""Checks that consecutive large answers are complete and every byte is right.

    check_large.py BINARY

ROWS lists the requests, their number and their clients; each row is a TAP case. Each answer begins at
another position of one long pattern, so that it differs from the previous one at every byte. The
model server sends it at once, on kept connections; the clients keep theirs, too. Uses plain sockets,
since it transfers gigabytes."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace

import values
from proxy import clean_environment

BOUND = 60         # seconds without a byte
PORTION = 1 << 20
LINE = 16          # bytes of a line of the pattern
MB = 1000 * 1000
LARGEST = 20 * MB
PATTERN = values.pattern(LARGEST + (LINE << 16))
TEXT = PATTERN.replace(b"\n", b" ")  # valid inside a JSON string
CHUNK = 64 << 10
IOV = 1000         # the most for one sendmsg
SETTINGS = ("workers=1", "log.access=false", "cache.memory=64MiB")


@dataclass
class Row:
    what: str
    kind: str     # of request and answer: KINDS
    megabytes: float
    count: int    # for each client
    clients: int = 1
    slow: bool = False


ROWS = [
    Row("GETs", "file", 2.6, 2000),
    Row("GETs, chunked", "chunked", 2.6, 200),
    Row("POSTs that pass through", "post", 2.6, 100),
    Row("completions", "plain", 2.6, 30),
    Row("completions, streamed", "stream", 2.6, 30),
    *(Row("GETs", "file", size, 40) for size in (0.9, 1.1, 5)),
    *(Row(what, kind, size, 4) for what, kind in
      (("GETs", "file"), ("GETs, chunked", "chunked"), ("completions", "plain"),
       ("completions, streamed", "stream")) for size in (10, 20)),
    Row("slow readers", "file", 2.6, 4, clients=8, slow=True),
    Row("slow readers, chunked", "chunked", 2.6, 4, clients=8, slow=True),
    Row("slow readers of completions", "plain", 2.6, 2, clients=4, slow=True),
    Row("slow readers of streams", "stream", 2.6, 2, clients=4, slow=True),
    Row("slow readers", "file", 20, 1, clients=4, slow=True),
    Row("slow readers of a stream", "stream", 20, 1, clients=2, slow=True),
]


# ## Requests and answers: the number of a request determines its answer

def part(text, number, size):
    """`size` bytes that no answer of another number has at the same position; not copied."""
    begin = number % (1 << 16) * LINE
    return memoryview(text)[begin:begin + size]


def completion(number, size):
    return (b'{"id":"%d","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,'
            b'"message":{"role":"assistant","content":"%s"},"finish_reason":"stop"}]}'
            % (number, bytes(part(TEXT, number, size))))


def chat_event(number, delta, finish=b"null"):
    return (b'data: {"id":"%d","object":"chat.completion.chunk","created":1,"model":"m","choices":'
            b'[{"index":0,"delta":%s,"finish_reason":%s}]}\n\n' % (number, delta, finish))


def chat_stream(number, size):
    text = part(TEXT, number, size)
    words = (b'{"content":"%s"}' % bytes(text[at:at + CHUNK]) for at in range(0, size, CHUNK))
    return b"".join([*(chat_event(number, word) for word in words),
                     chat_event(number, b"{}", b'"stop"'), b"data: [DONE]\n\n"])


def bytes_of(number, size):
    return part(PATTERN, number, size)


# Method, path, whether the answer is chunked, its type and body.
KINDS = {
    "file": ("GET", "/files", False, "application/octet-stream", bytes_of),
    "chunked": ("GET", "/files", True, "application/octet-stream", bytes_of),
    "post": ("POST", "/other", False, "application/octet-stream", bytes_of),
    "plain": ("POST", "/v1/chat/completions", False, "application/json", completion),
    "stream": ("POST", "/v1/chat/completions", True, "text/event-stream", chat_stream),
}


def request_of(kind, number, size):
    method, path, _, _, _ = KINDS[kind]
    body = b'{"model":"m","messages":[],"seed":%d%s}' % (
        number, b',"stream":true' if kind == "stream" else b"") if method == "POST" else b""
    lines = [f"{method} {path}?{kind}&{number}&{size} HTTP/1.1", "Host: x"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer_of(kind, number, size):
    """Its parts; not copied."""
    _, _, chunked, content_type, body_of = KINDS[kind]
    body = memoryview(body_of(number, size))
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n"
    if not chunked:
        yield (head + f"Content-Length: {len(body)}\r\n\r\n").encode()
        yield body
        return
    yield (head + "Transfer-Encoding: chunked\r\n\r\n").encode()
    for at in range(0, len(body), CHUNK):
        piece = body[at:at + CHUNK]
        yield b"%x\r\n" % len(piece)
        yield piece
        yield b"\r\n"
    yield b"0\r\n\r\n"


def send_at_once(sock, parts):
    parts = [memoryview(part) for part in parts]
    while parts:
        sent = sock.sendmsg(parts[:IOV])
        while parts and sent >= len(parts[0]):
            sent -= len(parts.pop(0))
        if sent:
            parts[0] = parts[0][sent:]


# ## The model server

class Model:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = "%s:%d" % self.listener.getsockname()
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            self.connections += 1
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        with sock, sock.makefile("rb") as file:
            try:
                while line := file.readline():
                    self.exchange(sock, file, line)
            except OSError:
                pass  # the proxy hung up: the client reports it

    @staticmethod
    def exchange(sock, file, line):
        length = 0
        while (field := file.readline()) not in (b"\r\n", b""):
            name, _, value = field.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        file.read(length)
        kind, number, size = re.search(rb"\?(\w+)&(\d+)&(\d+) ", line).groups()
        send_at_once(sock, answer_of(kind.decode(), int(number), int(size)))


# ## Clients

class Wrong(Exception):
    pass


class Client:
    """One connection. A slow client reads little at a time, with pauses."""

    def __init__(self, address, slow):
        self.slow, self.buffer = slow, bytearray()
        self.sock = socket.socket()
        self.sock.settimeout(BOUND)
        if slow:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        self.sock.connect(address)

    def wait(self):
        if self.slow:
            time.sleep(0.002)  # allowed: makes it slow, waits for nothing

    def fill(self):
        self.wait()
        data = self.sock.recv(CHUNK)
        if not data:
            raise Wrong(f"the connection ended {len(self.buffer)} bytes after the last thing read")
        self.buffer += data

    def until(self, mark):
        """The bytes up to and including the mark."""
        while (found := self.buffer.find(mark)) < 0:
            self.fill()
        return self.take(found + len(mark))

    def take(self, size):
        taken = self.buffer[:size]
        del self.buffer[:size]
        return taken

    def exactly(self, size):
        body = bytearray(size)
        got = min(size, len(self.buffer))
        body[:got] = self.take(got)
        with memoryview(body) as view:
            while got < size:
                self.wait()
                count = self.sock.recv_into(view[got:got + (CHUNK if self.slow else PORTION)])
                if not count:
                    raise Wrong(f"the connection ended after {got} bytes of {size}")
                got += count
        return body

    def ask(self, request):
        """Returns the body of the answer."""
        self.sock.sendall(request)
        head = bytes(self.until(b"\r\n\r\n"))
        if not head.startswith(b"HTTP/1.1 200 "):
            raise Wrong(f"{head[:200]!r}")
        length = re.search(rb"\r\nContent-Length: (\d+)", head, re.I)
        return self.exactly(int(length[1])) if length else self.chunks()

    def chunks(self):
        body = bytearray()
        while size := int(self.until(b"\r\n"), 16):
            body += self.exactly(size)
            if self.exactly(2) != b"\r\n":
                raise Wrong("a chunk is longer than it says")
        self.until(b"\r\n")
        return body


def difference(body, wanted):
    if body == wanted:
        return None
    at = next((i for i, (a, b) in enumerate(zip(body, wanted)) if a != b),
              min(len(body), len(wanted)))
    return f"differs at byte {at}: {bytes(body[at:at + 40])!r}; {len(body)} of {len(wanted)} bytes"


def ask_all(address, row, first, faults):
    """Makes all requests of one client and adds failures to faults."""
    size, client = int(row.megabytes * MB), None
    for number in range(first, first + row.count):
        try:
            client = client or Client(address, row.slow)
            body = client.ask(request_of(row.kind, number, size))
            fault = difference(body, KINDS[row.kind][4](number, size))
        except (Wrong, OSError) as error:
            fault, client = str(error), None
        if fault:
            faults.append(f"{number}: {fault}")


# ## The whole

def start(binary, model):
    command = [binary, "--listen", "127.0.0.1:0", "--upstream", f"http://{model.address}"]
    for setting in SETTINGS:
        command += ["--set", setting]
    proxy = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=clean_environment())
    for line in proxy.stderr:
        found = re.search(r"listening address=\S+:(\d+)", line)
        if found:
            threading.Thread(target=proxy.stderr.read, daemon=True).start()
            return proxy, ("127.0.0.1", int(found[1]))
    raise SystemExit("the proxy does not listen")


def play(address, model, row, first):
    """Returns the failures, one line each."""
    faults, before = [], model.connections
    threads = [threading.Thread(target=ask_all, args=(address, row, first + i * row.count, faults))
               for i in range(row.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total, made = row.count * row.clients, model.connections - before
    if not faults and made > row.clients:
        faults.append(f"{made} connections were made for {total} answers, and not kept")
    return faults


def fewer(row):
    """With a sanitizer an eighth is enough."""
    return replace(row, count=max(1, row.count // 8))


def main():
    sanitized = os.environ.get("REPRISE_SANITIZED") == "1"
    rows = [fewer(row) for row in ROWS] if sanitized else ROWS
    model = Model()
    proxy, address = start(sys.argv[1], model)
    failed, first = 0, 0
    print(f"1..{len(rows) + 1}", flush=True)
    for number, row in enumerate(rows, 1):
        began = time.monotonic()
        faults = play(address, model, row, first)
        total = row.count * row.clients
        first += total
        failed += bool(faults)
        for fault in faults[:5]:
            print(f"# {fault}")
        print(f"{'not ok' if faults else 'ok'} {number} - {row.what}: {total} of {row.megabytes} MB, "
              f"{len(faults)} wrong, {time.monotonic() - began:.1f} s", flush=True)
    proxy.terminate()
    code = proxy.wait(BOUND)
    print(f"{'not ok' if code else 'ok'} {len(rows) + 1} - it ends with 0: {code}")
    return 1 if failed or code else 0


if __name__ == "__main__":
    sys.exit(main())
