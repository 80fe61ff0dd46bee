"""The scripted model server: a listening socket and the exchanges that it expects.

A request takes the first exchange that matches it and is not used up. The lines of the exchange are
executed in the thread of the connection, so several requests can be answered at the same time. An
unexpected request fails the scenario, and so does an exchange without a request.
"""

import math
import socket
import ssl
import threading

import values
import wire
from actor import Actor
from expect import check_bytes, check_texts, compare_text
from faulty import Faulty
from script import Failed

REASONS = {200: "OK", 204: "No Content", 304: "Not Modified", 400: "Bad Request"}
SEE_BOUND = 20
BACKLOG = 1024


class Exchange:
    """exchange [N times | always] [METHOD TARGET] [unread]"""

    def __init__(self, line, cursor):
        self.line, self.seen, self.times = line, 0, 1
        if cursor.accept("always"):
            self.times = math.inf
        elif cursor.peek().isdigit():
            self.times = cursor.number()
            cursor.accept("times")
        self.unread = bool(cursor.accept("unread"))
        self.method = cursor.word() if cursor else "*"
        self.target = cursor.word() if cursor else "*"
        self.unread = self.unread or bool(cursor.accept("unread"))
        cursor.end()

    def fits(self, method, target):
        return (self.seen < self.times and self.method in ("*", method)
                and self.target in ("*", target))

    def missing(self):
        return self.times != math.inf and self.seen < self.times


class Model(Actor):
    """model [NAME] [on unix:PATH] [tls]"""

    def __init__(self, world, name):
        super().__init__(world, name)
        self.lock = threading.Lock()
        self.exchanges, self.arrivals = [], []
        self.counters = {"requests": 0, "connections": 0, "open": 0, "sent": 0}
        self.context = None
        self.listener, self.accepting, self.last_address = None, None, None
        self.callers = []  # own connections that keep the queue full

    def listen(self, path=None, tls=None):
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
        else:
            self.bind(("127.0.0.1", 0))
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.take_in()

    def bind(self, address):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(address)

    def take_in(self):
        self.listener.listen(BACKLOG)
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def do_down(self, cursor, line):
        """Refuses connections from now on; open ones stay open."""
        self.last_address = self.listener.getsockname()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()

    def do_deaf(self, cursor, line):
        """Neither accepts nor refuses connections from now on: its queue is full."""
        self.do_down(cursor, line)
        self.bind(self.last_address)
        self.listener.listen(0)
        self.callers = wire.crowd(self.last_address)

    def do_up(self, cursor, line):
        """Accepts connections again."""
        self.listener.close()
        for caller in self.callers:
            caller.close()
        self.callers = []
        self.bind(self.last_address)
        self.take_in()

    def address(self):
        name = self.listener.getsockname()
        return f"unix:{name}" if isinstance(name, str) else f"{name[0]}:{name[1]}"

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.count("open")
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def count(self, what, more=1):
        with self.lock:
            self.counters[what] += more
            return self.counters[what]

    def serve(self, sock):
        name = f"{self.name}/{self.count('connections')}"
        try:
            if self.context:
                sock = self.shake_hands(sock)
            if not sock:
                return
            connection = wire.Wire(self.world, name, sock)
            self.welcome(connection)
            while connection.sock and self.one(connection):
                pass
            connection.close()
        except (Failed, OSError) as failure:
            self.world.fail(self, None, failure)
        finally:
            self.count("open", -1)

    def welcome(self, connection):
        """Executes the lines of `arrival` before anything is read from the connection."""
        with self.lock:
            line = self.arrivals.pop(0) if self.arrivals else None
        if line:
            Turn(self, connection, ["- -"], None).perform(line.children)

    def shake_hands(self, sock):
        """Returns the TLS socket, or None if the client refused the handshake."""
        try:
            return self.context.wrap_socket(sock, server_side=True)
        except OSError as error:
            self.world.note(self.name, f"no TLS: {error}")
            return None

    def one(self, connection):
        """Handles one request. Returns False if the connection is over."""
        try:
            head = connection.head()
        except wire.Ended:
            return False
        if not head:
            return False
        self.count("requests")
        method, target, _ = (head[0] + "  ").split(" ", 2)
        with self.lock:
            exchange = next((e for e in self.exchanges if e.fits(method, target)), None)
            if exchange:
                exchange.seen += 1
        if not exchange:
            raise Failed(f"nobody expected {head[0]!r}")
        turn = Turn(self, connection, head, exchange)
        if not exchange.unread:
            turn.read_body()
        turn.perform(exchange.line.children)
        return True

    def do_exchange(self, cursor, line):
        exchange = Exchange(line, cursor)
        with self.lock:
            self.exchanges.append(exchange)


    def do_arrival(self, cursor, line):
        """Executes the lines below as soon as the next connection is accepted."""
        self.arrivals.append(line)


class Turn(Faulty):
    """One request to the model, answered by the lines of its exchange."""

    def __init__(self, model, connection, head, exchange):
        super().__init__(model.world, connection.name)
        self.model, self.wire = model, connection
        self.method, self.target, _ = (head[0] + "  ").split(" ", 2)
        self.headers = wire.parse_headers(head[1:])
        self.body, self.body_read = b"", False
        self.extra = []
        if exchange:
            self.let("I", exchange.seen)

    # Reading the request

    def framing(self):
        if values.find_header(self.headers, "Transfer-Encoding"):
            return "chunked"
        return int(values.find_header(self.headers, "Content-Length", "0"))

    def read_body(self):
        if self.body_read:
            return
        self.body_read = True
        framing = self.framing()
        if framing != "chunked":
            self.body += self.wire.exactly(framing - len(self.body))
            return
        while size := int(self.wire.until(b"\r\n"), 16):
            self.body += self.wire.exactly(size)
            self.wire.exactly(2)
        self.wire.until(b"\r\n")

    def do_read(self, cursor, line):
        """read N: reads N bytes of a body of known length; read: the rest."""
        if not cursor:
            self.read_body()
        else:
            self.body += self.wire.exactly(cursor.number())

    def do_drain(self, cursor, line):
        """Reads everything until the proxy closes the connection."""
        while self.wire.fill():
            self.wire.buffer.clear()
        self.wire.close()

    def do_header(self, cursor, line):
        name = cursor.word()
        check_texts(f"header {name}", wire.values_of(self.headers, name), cursor)

    def do_framing(self, cursor, line):
        wanted = cursor.word()
        if str(self.framing()) != wanted:
            raise Failed(f"the request's framing is {self.framing()}")

    def do_body(self, cursor, line):
        op = cursor.word()
        if op == "~":
            wanted = cursor.rest()
            if not compare_text(self.body.decode("latin-1"), op, wanted):
                raise Failed(f"body is {self.body[:300]!r}")
            return
        check_bytes("body", self.body, op, values.read_value(cursor, self).data)

    # Answering

    def do_with(self, cursor, line):
        """with NAME: VALUE: adds a header to the next answer."""
        self.extra.append(cursor.rest())

    def send(self, data):
        self.wire.send(data)
        self.model.count("sent", len(data))

    def send_head(self, status, lines, body=b""):
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", *lines, *self.extra]
        self.extra = []
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)

    def do_answer(self, cursor, line):
        """answer STATUS [chunked | until-close | length N] [VALUE]"""
        status = cursor.number()
        how = cursor.accept("chunked", "until-close", "length")
        claimed = cursor.number() if how == "length" else None
        value = values.read_value(cursor, self) if cursor else values.Value(b"", "")
        lines = [f"Content-Type: {value.content_type}"] if value.content_type else []
        if any(extra.lower().startswith("content-type:") for extra in self.extra):
            lines = []
        if how == "chunked" or (not how and value.content_type.startswith(values.EVENTS)):
            self.send_head(status, lines + ["Transfer-Encoding: chunked"],
                           values.chunk(value.data) + values.LAST_CHUNK)
        elif how == "until-close":
            self.send_head(status, lines + ["Connection: close"], value.data)
            self.wire.close()
        else:
            length = len(value.data) if claimed is None else claimed
            if status not in (204, 304):
                lines.append(f"Content-Length: {length}")
            self.send_head(status, lines, value.data)

    def do_replay(self, cursor, line):
        """replay NAME [keep]: sends a recorded answer byte for byte, and closes the connection if it says so."""
        answer = values.trace(cursor.word(), "resp")
        self.send(answer)
        _, headers, _ = values.split_message(answer)
        if values.find_header(headers, "Connection", "").lower() == "close" and not cursor.accept("keep"):
            self.wire.close()

    def do_head(self, cursor, line):
        """head STATUS [stream | chunked | length N | until-close]"""
        status = cursor.number()
        how = cursor.accept("stream", "chunked", "length", "until-close")
        lines = {"stream": [f"Content-Type: {values.EVENTS}", "Transfer-Encoding: chunked"],
                 "chunked": ["Transfer-Encoding: chunked"],
                 "until-close": ["Connection: close"]}.get(how, [])
        if how == "length":
            lines = [f"Content-Length: {cursor.number()}"]
        self.send_head(status, lines)

    def do_send(self, cursor, line):
        self.send(values.read_value(cursor, self).data)

    def do_chunk(self, cursor, line):
        self.send(values.chunk(values.read_value(cursor, self).data))

    def do_event(self, cursor, line):
        self.send(values.chunk(values.event(values.read_value(cursor, self).data)))

    def do_word(self, cursor, line):
        self.send(values.chunk(values.chat_event({"content": cursor.word()})))

    def do_finish(self, cursor, line):
        """Sends the stream's last events and its end."""
        self.send(values.chunk(values.chat_end()) + values.LAST_CHUNK)

    def do_end(self, cursor, line):
        self.send(values.LAST_CHUNK)

    def do_flood(self, cursor, line):
        """flood SIZE: sends chunks until the proxy reads nothing for a second or closes the connection, or
        SIZE bytes are sent. The rest of a cut chunk is sent before anything else."""
        size, sent = cursor.number(), 0
        part = values.chunk(values.pattern(65536))
        while sent < size:
            try:
                went = self.wire.send(part, stall=1)
            except wire.Ended:
                return
            self.model.count("sent", went)
            sent += went
            if went < len(part):
                self.wire.pending = part[went:]
                return

    def do_catch_up(self, cursor, line):
        """Sends the rest of the chunk that `flood` cut."""
        pending, self.wire.pending = getattr(self.wire, "pending", b""), b""
        self.send(pending)

    # Ending

    def do_close(self, cursor, line):
        self.wire.close()

    def do_reset(self, cursor, line):
        self.wire.reset()

    def do_see(self, cursor, line):
        """see close [within TIME]: expects the proxy to close the connection without sending more."""
        if cursor.word() != "close":
            raise Failed("one can only see close")
        bound = cursor.number() if cursor.accept("within") else SEE_BOUND
        more = self.wire.fill(bound)
        if more is None:
            raise Failed(f"the proxy did not close its connection within {bound} s")
        if more:
            raise Failed(f"the proxy sent more: {self.wire.buffer[:200]!r}")
        self.wire.close()
