#!/usr/bin/env python3
"""Checks that Reprise and a strict parser see the same requests in the same bytes.

    check_framing.py BINARY [STREAMS [SEED]]

Sends streams of pipelined requests, most of them with one or two errors, to Reprise in pieces. The
model server behind it reports what arrived, so both Reprise's own framing and libmicrohttpd's parsing
are compared with the parser below, which shares no code with them. TAP."""

import json
import random
import re
import select
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from proxy import clean_environment

BOUND = 20
QUIET = 0.02
TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(%s) ([^\x00-\x20\x7f#]+) HTTP/1\.([01])\r\n" % TOKEN)
FIELD = re.compile(rb"(%s):[ \t]*([\t\x20-\x7e\x80-\xff]*)\r\n" % TOKEN)
HOST = re.compile(rb"([0-9A-Za-z._~%%-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?[ \t]*|[ \t]*")
ABSOLUTE = re.compile(rb"(?i:https?)://([^/?]+)([/?].*)?", re.DOTALL)
SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(;[\t\x20-\x7e\x80-\xff]*)?\r\n")
FRAMING = (b"host", b"content-length", b"transfer-encoding")
DISGUISED = (b"content_length", b"transfer_encoding")


class Refused(Exception):
    pass


class Cut(Exception):
    pass


def framing_of(fields):
    return ([v for n, v in fields if n.lower() == name] for name in FRAMING)


class Parser:
    """RFC 9112, refusing in case of doubt."""

    def __init__(self, stream):
        self.stream, self.at = stream, 0

    def line(self, pattern):
        end = self.stream.find(b"\n", self.at) + 1
        if not end:
            raise Cut
        match = pattern.fullmatch(self.stream, self.at, end)
        if not match:
            raise Refused
        self.at = end
        return match

    def take(self, size):
        if len(self.stream) - self.at < size:
            raise Cut
        self.at += size
        return self.stream[self.at - size : self.at]

    def line_end(self):
        ahead = self.stream[self.at : self.at + 2]
        if not b"\r\n".startswith(ahead):
            raise Refused
        if len(ahead) < 2:
            raise Cut
        self.at += 2

    def fields(self, check=lambda fields: None):
        """Yields each field as soon as it is complete, even if a later one is invalid."""
        fields = []
        while self.stream[self.at : self.at + 2] != b"\r\n":
            fields.append(self.line(FIELD).groups())
            check(fields)
        self.at += 2
        return fields

    def chunks(self):
        body = b""
        while size := int(self.line(SIZE)[1], 16):
            body += self.take(size)
            self.line_end()
        self.fields()
        return body

    def check_head(self, fields):
        hosts, lengths, codings = framing_of(fields)
        if max(len(hosts), len(lengths), len(codings)) > 1:
            raise Refused
        if any(not HOST.fullmatch(h) for h in hosts):
            raise Refused
        if any(n.lower() in DISGUISED for n, _ in fields):
            raise Refused
        if any(c.lower() != b"chunked" for c in codings):
            raise Refused
        if any(not re.fullmatch(rb"[0-9]{1,18}", l) for l in lengths):
            raise Refused

    def body(self, fields, minor):
        hosts, lengths, codings = framing_of(fields)
        if (minor == b"1" and not hosts) or (lengths and codings):
            raise Refused
        if codings and minor == b"0":
            raise Refused
        return self.chunks() if codings else self.take(int(lengths[0]) if lengths else 0)

    def origin_form(self, method, target):
        absolute = ABSOLUTE.fullmatch(target)
        if absolute and HOST.fullmatch(absolute[1]):
            rest = absolute[2] or (b"*" if method == b"OPTIONS" else b"/")
            return b"/" + rest if rest.startswith(b"?") else rest
        if not target.startswith(b"/") and (target != b"*" or method != b"OPTIONS"):
            raise Refused
        return target

    def request(self):
        if self.stream.startswith(b"\r", self.at):
            self.line_end()
        if self.at == len(self.stream):
            raise Cut
        if not re.match(TOKEN, self.stream[self.at : self.at + 1]):
            raise Refused
        method, target, minor = self.line(REQUEST_LINE).groups()
        if method == b"CONNECT":
            raise Refused
        target = self.origin_form(method, target)
        fields = self.fields(self.check_head)
        body = self.body(fields, minor)
        others = [[n.decode("latin-1").lower(), v.strip(b" \t").decode("latin-1")]
                  for n, v in fields if n.lower() not in FRAMING]
        return {"method": method.decode(), "target": target.decode("latin-1"),
                "fields": others, "body": body.decode("latin-1"), "last": minor == b"0"}


def parse(stream):
    """Returns the requests, and how it ended: "refused", "cut" (one is incomplete), "last" (the
    connection ends with it)."""
    parser, requests = Parser(stream), []
    while True:
        try:
            requests.append(parser.request())
        except Refused:
            return requests, "refused"
        except Cut:
            return requests, "cut"
        if requests[-1]["last"]:
            return requests, "last"


# ## Streams

def good(rng):
    body = bytes(rng.choice(b"ab\r\n0 :") for _ in range(rng.randrange(20)))
    head = b"Host: x:80\r\nX-N: %d\r\n" % rng.randrange(100)
    front = rng.choice((b"", b"", b"", b"http://x:80", b"HTTPS://[::1]"))
    target = front + b"/%d?q=%d" % (rng.randrange(100), rng.randrange(100))
    kind = rng.randrange(3)
    if kind == 0:
        return b"GET %s HTTP/1.%d\r\n%s\r\n" % (target, rng.randrange(8) > 0, head)
    if kind == 1:
        return b"PUT %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s" % (target, head, len(body), body)
    cut = rng.randrange(len(body) + 1)
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(part), rng.choice((b"", b";a=b")), part)
                      for part in (body[:cut], body[cut:]) if part)
    trailer = rng.choice((b"", b"X-T: 1\r\n"))
    return b"PUT %s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%s0\r\n%s\r\n" % (
        target, head, chunks, trailer)


LINES = (b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: y\r\n", b" n: 1\r\n",
         b"X-N: 1\n", b"X-N : 1\r\n", b"Transfer-Encoding: x\r\n", b"\r\n", b"X-Long: a\tb \r\n",
         b"Host:\r\n", b"Content_Length: 1\r\n", b"transfer_Encoding: chunked\r\n", b"X_N: 1\r\n")


def spoil(rng, stream):
    at = rng.randrange(len(stream) + 1)
    kind = rng.randrange(4)
    if kind == 0:
        byte = bytes([rng.choice(b"\r\n \t:;,\x000aGx-\x7f\x01#*")])
        return stream[:at] + byte + stream[at + rng.randrange(2) :]
    if kind == 1:
        return stream[:at] + stream[at + 1 :]
    start = stream.find(b"\n", at) + 1
    if kind == 2:
        return stream[:start] + rng.choice(LINES) + stream[start:]
    end = stream.find(b"\n", start) + 1
    return stream[:end] + stream[start:end] + stream[end:]


def make_stream(rng):
    stream = b"".join(good(rng) for _ in range(rng.randrange(1, 4)))
    for _ in range(rng.choice((0, 1, 1, 2))):
        stream = spoil(rng, stream)
    return stream


def pieces(rng, stream):
    size = rng.choice((1, 7, 40, len(stream)))
    return [stream[i : i + size] for i in range(0, len(stream), size)]


# ## Reprise and the model server

class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.tell
        raise AttributeError(name)

    def content(self):
        if self.headers["Transfer-Encoding"]:
            body = b""
            while size := int(self.rfile.readline() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers["Content-Length"] or 0))

    def tell(self):
        told = json.dumps({"method": self.command, "target": self.path,
                           "fields": [[k.lower(), v] for k, v in self.headers.items()],
                           "body": self.content().decode("latin-1")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        pass


class Model(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Ignores connections that Reprise closes in the middle of an invalid request."""


def start(binary):
    model = Model(("127.0.0.1", 0), Echo)
    threading.Thread(target=model.serve_forever, daemon=True).start()
    proxy = subprocess.Popen(
        [binary, "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:%d" % model.server_port,
         "--set", "workers=1", "--set", "log.access=false"], stderr=subprocess.PIPE, text=True,
        env=clean_environment())
    for line in proxy.stderr:
        found = re.search(r"listening address=\S+:(\d+)", line)
        if found:
            threading.Thread(target=proxy.stderr.read, daemon=True).start()
            return proxy, ("127.0.0.1", int(found[1]))
    raise SystemExit("the proxy does not listen")


def read_answer(file):
    """Returns status and body; None at the end of the connection."""
    try:
        first = file.readline()
        if not first:
            return None
        length = 0
        while (line := file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(first.split()[1]), file.read(length)
    except ConnectionResetError:
        return None


def differs(answer, want):
    if answer is None or answer[0] != 200:
        return f"{answer} instead of an answer to {want}"
    told = json.loads(answer[1])
    for part in ("method", "target", "body"):
        if told[part] != want[part]:
            return f"{part} is {told[part]!r}, not {want[part]!r}"
    missing = [f for f in want["fields"] if f not in told["fields"]]
    return f"{missing} are not in {told['fields']}" if missing else None


def differs_at_end(sock, file, end):
    if end == "cut":
        return "something is said in advance" if select.select([sock], [], [], QUIET)[0] else None
    if end == "refused":
        answer = read_answer(file)
        if answer is None or answer[0] != 400 or b'"bad_framing"' not in answer[1]:
            return f"{answer} instead of a refusal"
    answer = read_answer(file)
    return f"{answer} instead of the end" if answer else None


def compare(address, rng, stream):
    """Returns the difference, or None, and how the stream ends."""
    requests, end = parse(stream)
    with socket.create_connection(address, timeout=BOUND) as sock, sock.makefile("rb") as file:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces(rng, stream):
                sock.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        for want in requests:
            difference = differs(read_answer(file), want)
            if difference:
                return difference, end
        return differs_at_end(sock, file, end), end


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    proxy, address = start(sys.argv[1])
    failed, ends = 0, {"refused": 0, "cut": 0, "last": 0}
    for _ in range(count):
        stream = make_stream(rng)
        try:
            difference, end = compare(address, rng, stream)
        except TimeoutError:
            difference, end = "no answer in time", "cut"
        ends[end] += 1
        if difference:
            failed += 1
            print(f"# {stream!r}\n# {difference}")
    proxy.terminate()
    failed += proxy.wait(BOUND) != 0
    print(f"1..1\n# {ends}\n{'not ok' if failed else 'ok'} 1 - the same requests in the same bytes")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
