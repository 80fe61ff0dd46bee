"""Plays one scenario: its actors, their messages to each other, and the first failure."""

import os
import re
import shutil
import socket
import tempfile
import threading
import time

import values
import wire
from actor import Actor
from client import Client
from command import Command
from expect import check_number
from model import Model
from proxy import Proxy
from script import Failed, parse
from transcript import Transcript

TIMEOUT = 60
EVENTUALLY = 10
HERE = os.path.dirname(os.path.abspath(__file__))
CERTIFICATE = tuple(os.path.join(os.path.dirname(HERE), "data", "tls", name)
                    for name in ("server.pem", "server.key"))


class World(Actor):
    """The actor that executes the top lines of a scenario in order."""

    def __init__(self, binary, timeout=TIMEOUT, sanitized=False):
        super().__init__(self, "scenario")
        self.binary, self.sanitized = binary, sanitized
        self.deadline = time.monotonic() + timeout
        self.directory = tempfile.mkdtemp(prefix="reprise-")
        self.transcript = Transcript()
        self.failure = None  # (actor, line, text) of the first one
        self.models, self.clients, self.threads = {}, {}, {}
        self.proxy, self.workers = None, 1
        self.told = {}
        self.changed = threading.Condition()
        self.sockets = []
        self.let("DIR", self.directory)
        self.let("CA", CERTIFICATE[0])
        self.let("KEY", CERTIFICATE[1])
        # Plays every scenario with TLS between clients and proxy.
        self.trust = CERTIFICATE[0] if os.environ.get("REPRISE_TLS") == "1" else None
        self.let("SHIMS", os.path.join(os.path.dirname(binary), "tests"))

    # For all actors

    def note(self, who, what, data=None):
        self.transcript.note(who, what, data)

    def fail(self, actor, line, failure):
        with self.changed:
            if not self.failure:
                self.failure = (actor.name, line, str(failure))
            self.changed.notify_all()

    def check(self):
        """Called wherever an actor waits: a failure ends all actors."""
        if self.failure:
            raise Failed("given up")
        if time.monotonic() > self.deadline:
            raise Failed(f"time is up; {self.whereabouts()}")

    def whereabouts(self):
        actors = [self, *self.clients.values()]
        return "; ".join(f"{a.name} is at {a.line}" for a in actors if a.line)

    def tell(self, what):
        self.note("told", what)
        with self.changed:
            self.told[what] = self.told.get(what, 0) + 1
            self.changed.notify_all()

    def await_told(self, what, times):
        with self.changed:
            while self.told.get(what, 0) < times:
                self.check()
                self.changed.wait(0.5)

    def client(self, name):
        if name not in self.clients:
            raise Failed(f"there is no client {name}")
        return self.clients[name]

    def model(self, name="model"):
        if name not in self.models:
            self.models[name] = Model(self, name)
            self.models[name].listen()
        return self.models[name]

    def variable(self, name):
        """$MODEL, $PROXY and similar variables are created when they are first used."""
        if name in self.variables:
            return self.variables[name]
        if name.lower() in self.models or name == "MODEL":
            return values.Value(self.model(name.lower()).address().encode())
        if name == "PROXY":
            return values.Value(self.entrance().encode())
        if name in ("NOWHERE", "BLACKHOLE"):
            self.let(name, self.dead_end(full=name == "BLACKHOLE"))
            return self.variables[name]
        raise Failed(f"${name} is not known")

    def dead_end(self, full):
        """An address that refuses connections, or one that never answers since its queue is full."""
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        self.sockets.append(sock)
        if full:
            sock.listen(0)
            self.sockets += wire.crowd(sock.getsockname())
        return "%s:%d" % sock.getsockname()

    def upstream(self):
        return f"http://{self.model().address()}"

    def entrance(self):
        """The address to which clients connect: the proxy's, or the model's without a proxy."""
        return self.proxy.addresses[0] if self.proxy else self.model().address()

    def host(self):
        return "localhost" if self.entrance().startswith("unix:") else self.entrance()

    # Top lines

    def do_let(self, cursor, line):
        """let NAME = VALUE"""
        name = cursor.word()
        if cursor.word() != "=":
            raise Failed("let NAME = VALUE")
        self.variables[name] = values.read_value(cursor, self)

    def do_file(self, cursor, line):
        """file NAME: writes the lines indented below, verbatim."""
        path = os.path.join(self.directory, cursor.word())
        with open(path, "w", encoding="latin-1") as file:
            file.write("".join(self.cursor("").fill(child.text) + "\n" for child in line.children))

    def do_model(self, cursor, line):
        name = "model" if cursor.peek() in ("", "on", "tls") else cursor.word()
        path = cursor.word().removeprefix("unix:") if cursor.accept("on") else None
        tls = CERTIFICATE if cursor.accept("tls") else None
        if (path or tls) and name not in self.models:
            self.models[name] = Model(self, name)
            self.models[name].listen(path, tls)
        self.model(name).perform(line.children)

    def do_proxy(self, cursor, line):
        self.proxy = Proxy(self)
        self.proxy.perform(line.children)
        self.workers = int(self.proxy.settings.get("workers", "1"))
        self.proxy.start(wait=not cursor.accept("fails"))

    def do_each(self, cursor, line):
        """each NAME…: executes the lines below for each name, with $EACH set to it."""
        while cursor:
            self.let("EACH", cursor.word())
            self.perform(line.children)

    def do_run(self, cursor, line):
        arguments = []
        while cursor:
            arguments.append(cursor.word())
        Command(self, arguments).perform(line.children)

    def do_client(self, cursor, line):
        """client NAME [xN] [&]: a client executes the lines below; with & in the background."""
        name, count = cursor.word(), 1
        if re.fullmatch(r"x\d+", cursor.peek()):
            count = int(cursor.word()[1:])
        beside = cursor.accept("&")
        names = [name] if count == 1 else [f"{name}{i}" for i in range(count)]
        for index, each in enumerate(names):
            self.start_client(each, index, line)
        if not beside:
            self.join_clients(names)

    def start_client(self, name, index, line):
        if name in self.threads:
            self.join_clients([name])
        client = self.clients.setdefault(name, Client(self, name))
        client.let("I", index)

        def play():
            try:
                client.perform(line.children)
            except Failed:
                pass  # reported where it happened
            except Exception as error:  # a bug in the test program itself
                self.fail(client, client.line, repr(error))

        self.threads[name] = threading.Thread(target=play, daemon=True)
        self.threads[name].start()

    def join_clients(self, names):
        for name in names:
            thread = self.threads.pop(name, None)
            while thread and thread.is_alive():
                thread.join(0.2)
                if self.failure or time.monotonic() > self.deadline:
                    self.check()

    def do_join(self, cursor, line):
        """join NAME…; join: waits for all."""
        names = []
        while cursor:
            name = cursor.word()
            names += [n for n in self.threads if re.fullmatch(re.escape(name) + r"\d*", n)]
        self.join_clients(names or list(self.threads))

    def do_kill(self, cursor, line):
        self.proxy.kill(cursor.word())

    def do_restart(self, cursor, line):
        """Kills the proxy without warning and starts it again at the same address."""
        killed, self.proxy = self.proxy, Proxy(self)
        killed.destroy()
        self.proxy.resemble(killed)
        self.proxy.start()

    def do_descriptors(self, cursor, line):
        """descriptors N: the proxy may open this many more and then none."""
        self.proxy.spare_fds(cursor.number())

    def do_exit(self, cursor, line):
        """exit N: expects the proxy to exit by itself with this code."""
        wanted, code = cursor.number(), self.proxy.exit_code()
        if code != wanted:
            raise Failed(f"the proxy ended with {code}")

    def do_log(self, cursor, line):
        self.proxy.expect_log(cursor.word(), cursor.rest())

    def do_expect(self, cursor, line):
        """expect NAME.COUNTER OP NUMBER: waits until it is true."""
        name, _, counter = cursor.word().partition(".")
        if counter in ("memory", "peak") and self.sanitized:
            cursor.text = ""
            return
        text, give_up = cursor.text, time.monotonic() + EVENTUALLY
        while True:
            cursor.text = text
            try:
                return check_number(f"{name}.{counter}", self.counter(name, counter), cursor)
            except Failed:
                if time.monotonic() > give_up:
                    raise
            self.check()
            time.sleep(0.02)  # allowed: there is no event to wait for, and it is bounded

    def counter(self, name, counter):
        if name == "proxy":
            gauges = {"fds": self.proxy.fds, "memory": self.proxy.memory,
                      "peak": lambda: self.proxy.memory("VmHWM"),
                      "new-fds": lambda: self.proxy.fds() - self.proxy.fds_at_start}
            return gauges[counter]() if counter in gauges else self.proxy.metric(counter)
        if name not in self.models:
            raise Failed(f"there is no model {name}")
        return self.models[name].counters[counter]

    # Playing

    def play(self, source):
        """Returns None or the text of the first failure."""
        try:
            self.perform(parse(source))
            self.join_clients(list(self.threads))
            self.conclude()
        except Failed as failure:
            self.fail(self, None, failure)
        except Exception as error:  # a bug in the test program itself
            self.fail(self, self.line, repr(error))
            raise
        finally:
            self.tear_down()

    def conclude(self):
        if self.proxy:
            self.proxy.finish()
        self.check()
        for model in self.models.values():
            for exchange in model.exchanges:
                if exchange.missing():
                    raise Failed(f"{exchange.line}: came {exchange.seen} times")

    def tear_down(self):
        if self.proxy:
            self.proxy.destroy()
        for model in self.models.values():
            model.listener.close()
        for sock in self.sockets:
            sock.close()
        shutil.rmtree(self.directory, ignore_errors=True)
