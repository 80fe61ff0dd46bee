"""A client's TLS socket that can half-close. ssl.SSLSocket.unwrap cannot: it reads on after its
close_notify and loses an answer that arrives then."""

import ssl


class TlsSocket:
    """Like a connected socket. The constructor blocks until the handshake is done."""

    def __init__(self, sock, context, name):
        self.sock, self.family = sock, sock.family
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.pending = b""  # encrypted, not sent yet
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                self.feed()
        self.flush()

    def fileno(self):
        return self.sock.fileno()

    def setblocking(self, flag):
        self.sock.setblocking(flag)

    def setsockopt(self, *args):
        self.sock.setsockopt(*args)

    def close(self):
        self.sock.close()

    def flush(self):
        self.pending += self.outgoing.read()
        while self.pending:
            self.pending = self.pending[self.sock.send(self.pending):]

    def feed(self):
        data = self.sock.recv(65536)
        if not data:
            raise ssl.SSLEOFError("the connection ended")
        self.incoming.write(data)

    def send(self, data):
        self.flush()
        taken = self.tls.write(data[:16384])
        try:
            self.flush()
        except BlockingIOError:
            pass  # before the next bytes
        return taken

    def recv(self, size):
        while True:
            try:
                return self.tls.read(size)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLZeroReturnError:
                return b""
            self.feed()

    def shutdown(self, how):
        """Sends close_notify, whatever `how` is, and does not shut down the TCP connection."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass  # the other end has not sent its own
        self.flush()
