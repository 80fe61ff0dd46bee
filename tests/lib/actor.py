"""Actors, which execute lines of a scenario in order."""

from script import Cursor, Failed
from values import Value


class Actor:
    """Subclasses have a method do_VERB for each word a line may begin with (- becomes _)."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.line = None
        self.variables = {}

    def variable(self, name):
        return self.variables.get(name) or self.world.variable(name)

    def lookup(self, name):
        return self.variable(name).data

    def cursor(self, text):
        return Cursor(text, self.lookup)

    def let(self, name, text):
        self.variables[name] = Value(str(text).encode("latin-1"))

    def perform(self, lines):
        """Executes lines. A failure is reported once, with the innermost line."""
        for line in lines:
            self.world.check()
            self.line = line
            cursor = self.cursor(line.text)
            verb = cursor.word_raw()
            method = getattr(self, "do_" + verb.replace("-", "_"), None)
            try:
                if not method:
                    raise Failed(f"{type(self).__name__.lower()}s cannot {verb!r}")
                method(cursor, line)
                cursor.end()
            except Failed as failure:
                self.world.fail(self, line, failure)
                raise

    def do_tell(self, cursor, line):
        self.world.tell(cursor.word())

    def do_await(self, cursor, line):
        name = cursor.word()
        self.world.await_told(name, cursor.number() if cursor else 1)

    def do_repeat(self, cursor, line):
        for _ in range(cursor.number()):
            self.perform(line.children)
