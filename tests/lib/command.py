"""run ARGS…: runs the binary as a command and checks its output."""

import os
import subprocess

from actor import Actor
from expect import check_texts
from proxy import clean_environment
from script import Failed

BOUND = 30


class Command(Actor):
    """exit N, stdout OP TEXT, stderr OP TEXT; `env NAME=VALUE` lines come first. `empty` compares
    with nothing."""

    def __init__(self, world, arguments):
        super().__init__(world, "run")
        self.arguments, self.environment = arguments, {}
        self.result = None

    def finished(self):
        if self.result is None:
            command = [self.world.binary, *self.arguments]
            self.world.note(self.name, " ".join(command))
            try:
                self.result = subprocess.run(
                    command, capture_output=True, timeout=BOUND, cwd=self.world.directory,
                    stdin=subprocess.DEVNULL, env={**clean_environment(), **self.environment})
            except subprocess.TimeoutExpired:
                raise Failed(f"the command did not end within {BOUND} s") from None
            self.world.note(self.name, f"ended with {self.result.returncode}")
            self.world.note(self.name, "stdout", self.result.stdout)
            self.world.note(self.name, "stderr", self.result.stderr)
        return self.result

    def do_env(self, cursor, line):
        name, _, value = cursor.rest().partition("=")
        self.environment[name] = value

    def do_exit(self, cursor, line):
        check_texts("exit code", [str(self.finished().returncode)], prefixed(cursor))

    def do_stdout(self, cursor, line):
        self.check("stdout", self.finished().stdout, cursor)

    def do_stderr(self, cursor, line):
        self.check("stderr", self.finished().stderr, cursor)

    def check(self, what, said, cursor):
        if cursor.accept("empty"):
            if said:
                raise Failed(f"{what} is {said[:300]!r}")
            return
        check_texts(what, [said.decode("latin-1")], cursor)

    def do_save(self, cursor, line):
        """save FILE: keeps stdout in the scenario's directory."""
        with open(os.path.join(self.world.directory, cursor.word()), "wb") as file:
            file.write(self.finished().stdout)


def prefixed(cursor):
    """exit N means exit == N."""
    if cursor.peek().isdigit():
        cursor.text = "== " + cursor.text
    return cursor
