"""Starts, observes, signals and ends the real binary."""

import os
import re
import resource
import signal
import subprocess
import threading
import time

from actor import Actor
from expect import compare_text, shorten
from script import Failed
from wire import dial

START_BOUND = 20
LOG_BOUND = 10
EXIT_BOUND = 45
LISTENING = re.compile(r'listening.*?address"?[=:] ?"?([^\s",]+)')
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")


class Proxy(Actor):
    """proxy [fails]

    NAME = VALUE       --set NAME=VALUE
    env NAME=VALUE     args …
    """

    def __init__(self, world, name="proxy"):
        super().__init__(world, name)
        self.settings, self.environment, self.arguments = {}, {}, []
        self.process, self.reader = None, None
        self.lines, self.addresses = [], []
        self.changed = threading.Condition()
        self.fds_at_start = None

    def perform(self, lines):
        """Settings are not verbs: the first word is the option."""
        for line in lines:
            cursor = self.cursor(line.text)
            if cursor.accept("env"):
                name, _, value = cursor.rest().partition("=")
                self.environment[name] = value
            elif cursor.accept("args"):
                while cursor:
                    self.arguments.append(cursor.word())
            else:
                key, found, value = cursor.rest().partition("=")
                if not found:
                    raise Failed(f"{line}: a setting has the form NAME = VALUE")
                self.settings[key.strip()] = value.strip()

    def resemble(self, other):
        """Copies the settings of another proxy, and will listen at its address."""
        self.settings, self.environment = other.settings, other.environment
        self.arguments = list(other.arguments)
        if "--listen" not in self.arguments:
            self.arguments += ["--listen", other.addresses[0]]

    def command(self):
        arguments = list(self.arguments)
        if "-c" not in arguments:
            for flag, default in (("--listen", "127.0.0.1:0"), ("--upstream", self.world.upstream())):
                if flag not in arguments:
                    arguments += [flag, default]
        settings = {"workers": "1", **self.settings}
        if self.world.trust:
            settings = {"tls.cert": self.cursor("$CA").rest(), "tls.key": self.cursor("$KEY").rest(),
                        "limits.connections": "2000", **settings}
        for key, value in settings.items():
            arguments += ["--set", f"{key}={value}"]
        return [self.world.binary, *arguments]

    def start(self, wait=True):
        self.world.note(self.name, "starts: " + " ".join(self.command()))
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, cwd=self.world.directory,
            env={**clean_environment(), **self.environment})
        self.reader = threading.Thread(target=self.listen_to, daemon=True)
        self.reader.start()
        if wait:
            self.wait_for(lambda: self.addresses or self.process.poll() is not None, START_BOUND)
            if not self.addresses:
                raise Failed(f"the proxy does not listen; it says {shorten(self.log())}")
            self.fds_at_start = self.fds()

    def listen_to(self):
        for raw in self.process.stderr:
            text = raw.decode("latin-1").rstrip("\n")
            self.world.note(self.name, "| " + text)
            with self.changed:
                self.lines.append(text)
                if match := LISTENING.search(text):
                    self.addresses.append(match.group(1))
                self.changed.notify_all()

    def wait_for(self, predicate, bound):
        until = time.monotonic() + bound
        with self.changed:
            while not predicate():
                self.world.check()
                if time.monotonic() > until:
                    return False
                self.changed.wait(0.05)
        return True

    def log(self):
        with self.changed:
            return "\n".join(self.lines)

    def expect_log(self, op, wanted):
        """`~` waits for it; `!~` checks what has been written so far."""
        good = lambda: compare_text("\n".join(self.lines), op, wanted)
        if not (self.wait_for(good, LOG_BOUND) if op == "~" else good()):
            raise Failed(f"the log {'never said' if op == '~' else 'says'} {wanted}")

    # Observing from outside

    def fds(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self, which="VmRSS"):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"{which}:\s+(\d+) kB", status.read()).group(1)) * 1024

    def metric(self, name):
        """Returns one of its metrics, like "flights"; needs admin.listen."""
        if "admin.listen" not in self.settings:
            raise Failed(f"there is no {name}, and no admin.listen to ask")
        with dial(self.settings["admin.listen"]) as sock:
            sock.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            page = b"".join(iter(lambda: sock.recv(65536), b"")).decode()
        found = re.search(rf"^reprise_{name} (\d+)$", page, re.MULTILINE)
        if not found:
            raise Failed(f"the proxy has no metric {name}")
        return int(found[1])

    def spare_fds(self, count):
        """From now on it may open this many more."""
        _, hard = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (self.fds() + count, hard))

    # Ending

    def kill(self, name):
        self.world.note(self.name, f"gets SIG{name}")
        self.process.send_signal(getattr(signal, f"SIG{name}"))

    def exit_code(self, bound=EXIT_BOUND):
        if not self.wait_for(lambda: self.process.poll() is not None, bound):
            raise Failed(f"the proxy did not end within {bound} s")
        self.reader.join(5)
        return self.process.returncode

    def running(self):
        return self.process and self.process.poll() is None

    def finish(self):
        """Ends it as an operator would, and expects a clean exit."""
        if self.running():
            self.kill("TERM")
            code = self.exit_code()
            if code != 0:
                raise Failed(f"the proxy ended with {code}")
        if found := SANITIZER.search(self.log()):
            raise Failed(f"the proxy's log says {found.group()}")

    def destroy(self):
        if self.running():
            self.process.kill()
            self.process.wait()


def clean_environment():
    """Returns our environment without variables that configure the proxy."""
    return {k: v for k, v in os.environ.items() if not k.startswith("REPRISE_")
            and k.lower() not in ("http_proxy", "https_proxy", "all_proxy")}
