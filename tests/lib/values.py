"""Values: the bodies that scenarios send and expect, and the recorded traces."""

import json
import os
from dataclasses import dataclass

from coded import code
from script import Failed

TRACES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "traces")
JSON = "application/json"
EVENTS = "text/event-stream"
FRAMING = ("host", "connection", "content-length", "transfer-encoding", "expect")
LAST_CHUNK = b"0\r\n\r\n"


@dataclass
class Value:
    data: bytes
    content_type: str = "text/plain"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(data):
    return b"data: " + data + b"\n\n"


def pattern(size):
    """`size` bytes that differ at every position: lines of 16 bytes that count."""
    thousand = b"".join(b"############%03d\n" % i for i in range(1000))
    return b"".join(thousand.replace(b"############", b"%012d" % i)
                    for i in range(size // len(thousand) + 1))[:size]


def compact(thing):
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":")).encode()


def chat(text):
    """A plain chat completion."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    return compact({"id": "chatcmpl-1", "object": "chat.completion", "created": 1,
                    "model": "m", "choices": [choice], "usage": usage})


def chat_event(delta, finish_reason=None):
    """One event of a streamed chat completion."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return event(compact({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                          "model": "m", "choices": [choice]}))


DONE = event(b"[DONE]")


def chat_end():
    return chat_event({}, "stop") + DONE


def chat_stream(words):
    return b"".join(chat_event({"content": word}) for word in words) + chat_end()


def usage_stream(words):
    """A streamed completion with usage; folded, it is chat() of the words."""
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    told = event(compact({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                          "model": "m", "choices": [], "usage": usage}))
    start = chat_event({"role": "assistant", "content": ""})
    return start + chat_stream(words)[:-len(DONE)] + told + DONE


def meaning(body):
    """The meaning of a body, independent of its spelling: its JSON, or a list of its events' JSON."""
    if body[:1] in (b"{", b"["):
        return json.loads(body)
    events = [line[5:].strip() for line in body.split(b"\n") if line.startswith(b"data:")]
    return [e.decode() if e == b"[DONE]" else json.loads(e) for e in events]


def trace(name, what):
    """The recorded bytes of a trace; what: "req" or "resp"."""
    path = os.path.join(TRACES, f"{name}.{what}")
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Failed(f"no such trace: {error}") from None


def split_message(message):
    """Splits a recorded message: first line, headers in order, body as sent."""
    head, _, body = message.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
    return first, headers, body


def find_header(headers, name, missing=None):
    for key, value in headers:
        if key.lower() == name.lower():
            return value
    return missing


def trace_body(name, what="resp"):
    """Returns a trace's body without its framing."""
    _, headers, body = split_message(trace(name, what))
    if find_header(headers, "Transfer-Encoding", "").lower() == "chunked":
        body = dechunk(body)
    return Value(body, find_header(headers, "Content-Type", ""))


def dechunk(wire):
    """Decodes all complete chunks."""
    out = b""
    while True:
        size, found, wire = wire.partition(b"\r\n")
        if not found or int(size, 16) == 0:
            return out
        out += wire[: int(size, 16)]
        wire = wire[int(size, 16) + 2 :]


def without_comments(stream):
    """A stream's events without the comment lines between them (`: ping`)."""
    frames = stream.split(b"\n\n")
    return b"\n\n".join(f for f in frames if not f.startswith(b":"))


def read_value(cursor, actor):
    """A value as the rest of a line spells it:

    {…} […] "…" $NAME  chat "…"  stream "…" "…"  usage "…" "…"  trace NAME  events NAME  asked NAME
    bytes SIZE  times N VALUE  client NAME  coded CODING VALUE
    """
    if cursor.text[:1] in "{[":
        return Value(cursor.rest().encode("latin-1"), JSON)
    if cursor.text.startswith('"'):
        return Value(cursor.quoted())
    if cursor.text.startswith("$"):
        return actor.variable(cursor.word_raw()[1:])
    kind = cursor.word()
    reader = KINDS.get(kind)
    if not reader:
        raise Failed(f"{kind!r} is no value; values are JSON, \"text\", $NAME, {', '.join(KINDS)}")
    return reader(cursor, actor)


def read_words(cursor):
    words = []
    while cursor:
        words.append(cursor.word())
    return words


def read_times(cursor, actor):
    count = cursor.number()
    value = read_value(cursor, actor)
    return Value(value.data * count, value.content_type)


def read_coded(cursor, actor):
    """The value in a content coding."""
    coding = cursor.word()
    value = read_value(cursor, actor)
    return Value(code(coding, value.data), value.content_type)


KINDS = {
    "chat": lambda c, a: Value(chat(c.word()), JSON),
    "stream": lambda c, a: Value(chat_stream(read_words(c)), EVENTS),
    "usage": lambda c, a: Value(usage_stream(read_words(c)), EVENTS),
    "trace": lambda c, a: trace_body(c.word()),
    "events": lambda c, a: Value(without_comments(trace_body(c.word()).data), EVENTS),
    "asked": lambda c, a: trace_body(c.word(), "req"),
    "bytes": lambda c, a: Value(pattern(c.number()), "application/octet-stream"),
    "times": read_times,
    "coded": read_coded,
    "client": lambda c, a: Value(a.world.client(c.word()).body_of_last()),
}
