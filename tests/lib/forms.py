"""The wire forms of the fault matrix: their requests, their only right answers, and where the bytes can
be cut."""

import functools
import json
import re

import values
from values import chunk, compact, event

WORDS = ("one", " two")
TEXT = "".join(WORDS)
VECTORS = {"a": [1.0, 0.5], "b": [2.0, 0.25]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def be_long():
    """From now on the answers of chats and embeddings are long."""
    global WORDS, TEXT  # they are not cached
    WORDS = ("one", " two" * 10000)
    TEXT = "".join(WORDS)
    for name, vector in VECTORS.items():
        VECTORS[name] = vector * 4000


# ## Large answers: "&SIZE" at the end of a target says how large, in bytes

EVENT = 60000


def size_of(target):
    """Returns 0 if the answer is small."""
    found = re.search(r"&(\d+)$", target)
    return int(found[1]) if found else 0


@functools.lru_cache(maxsize=2)
def long_text(size):
    return values.pattern(size).decode().replace("\n", " ")


def text_of(target):
    size = size_of(target)
    return long_text(size) if size else TEXT


def words_of(target):
    text = text_of(target)
    return [text[at:at + EVENT] for at in range(0, len(text), EVENT)] if size_of(target) else WORDS


def opaque_bytes(target):
    """Bytes that differ at every position and between targets."""
    path, query = target.split("?")
    skip = int(query.split("&")[0]) * 16
    return values.pattern(size_of(target) + skip)[skip:]


class Chunks(list):
    """A chunked body of any type, chunk by chunk."""


# The moments of an answer, in order. Only streams have those between events and before the terminal
# event; the end of an answer by length is its last byte.
MOMENTS = ("before-head", "in-head", "after-head", "between", "mid-event", "before-done",
           "before-end", "after")


def named(kind, **members):
    """An event with its name, as responses and messages have them."""
    return b"event: " + kind.encode() + b"\n" + event(compact({"type": kind, **members}))


def chat_chunk(delta, finish=None, **members):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event(compact({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                          "model": "m", "choices": [choice], **members}))


def chat_stream(usage, words):
    told = event(compact({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
                          "model": "m", "choices": [], "usage": USAGE}))
    return [chat_chunk({"role": "assistant", "content": words[0]}),
            *(chat_chunk({"content": word}) for word in words[1:]), chat_chunk({}, "stop"),
            *([told] if usage else []), values.DONE]


PART = {"type": "output_text", "text": TEXT, "annotations": [], "logprobs": []}
ITEM = {"type": "message", "status": "completed", "id": "msg_1", "role": "assistant",
        "content": [PART]}
RESPONSE = {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed",
            "model": "m", "output": [ITEM],
            "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}


def responses_stream():
    begun = {"id": "resp_1", "object": "response", "status": "in_progress"}
    item = {**ITEM, "content": [], "status": "in_progress"}
    part = {"type": "output_text", "text": ""}
    return [named("response.created", response=begun)
            + named("response.output_item.added", item=item)
            + named("response.content_part.added", item_id="msg_1", part=part)
            + named("response.output_text.delta", item_id="msg_1", delta=WORDS[0]),
            named("response.output_text.delta", item_id="msg_1", delta=WORDS[1]),
            named("response.output_text.done", item_id="msg_1", text=TEXT)
            + named("response.content_part.done", item_id="msg_1", part=PART)
            + named("response.output_item.done", item=ITEM),
            named("response.completed", response=RESPONSE)]


def message(content, stop, spent):
    return {"id": "msg_1", "type": "message", "role": "assistant", "content": content, "model": "m",
            "stop_reason": stop, "stop_sequence": None,
            "usage": {"input_tokens": 3, "output_tokens": spent}}


def messages_stream():
    def delta(word):
        return named("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
    return [named("message_start", message=message([], None, 0))
            + named("content_block_start", index=0, content_block={"type": "text", "text": ""})
            + delta(WORDS[0]),
            delta(WORDS[1]),
            named("content_block_stop", index=0)
            + named("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None},
                    usage={"output_tokens": 4}),
            named("message_stop")]


def chat_object(text):
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text},
                         "finish_reason": "stop"}], "usage": USAGE}


def embeddings_object(inputs):
    data = [{"object": "embedding", "index": i, "embedding": VECTORS[each]}
            for i, each in enumerate(inputs)]
    return {"object": "list", "data": data, "model": "m",
            "usage": {"prompt_tokens": 3, "total_tokens": 3}}


CHAT = {"model": "m", "messages": []}
REQUESTS = {  # the request of each form
    "plain": ("/v1/chat/completions", CHAT),
    "stream": ("/v1/chat/completions", {**CHAT, "stream": True}),
    "usage": ("/v1/chat/completions",
              {**CHAT, "stream": True, "stream_options": {"include_usage": True}}),
    "responses": ("/v1/responses", {"model": "m", "input": "a", "stream": True}),
    "responses-plain": ("/v1/responses", {"model": "m", "input": "a"}),
    "messages": ("/v1/messages", {"model": "m", "max_tokens": 9, "messages": [], "stream": True}),
    "messages-plain": ("/v1/messages", {"model": "m", "max_tokens": 9, "messages": []}),
    "embeddings": ("/v1/embeddings", {"model": "m", "input": ["a", "b"]}),
    "embeddings-turned": ("/v1/embeddings", {"model": "m", "input": ["b", "a"]}),
    "embeddings-one": ("/v1/embeddings", {"model": "m", "input": "a"}),
    # Paths unknown to Reprise: GETs, by length and chunked, and a POST.
    "file": ("/file", None),
    "chunked": ("/chunked", None),
    "other": ("/other", {"a": 1}),
}


def is_opaque(form):
    return form in ("file", "chunked", "other")


def is_stream(form):
    """Whether its answer comes in chunks."""
    return form == "chunked" or not is_opaque(form) and bool(REQUESTS[form][1].get("stream"))


# The model's side: the answer to any request

def answer_to(target, body):
    """Returns a list of events or chunks, an object, or bytes."""
    if not target.startswith("/v1/"):
        data = opaque_bytes(target)
        if not target.startswith("/chunked"):
            return data
        return Chunks(data[at:at + EVENT] for at in range(0, len(data), EVENT))
    asked = json.loads(body)
    streams = asked.get("stream", False)
    if target.startswith("/v1/responses"):
        return responses_stream() if streams else RESPONSE
    if target.startswith("/v1/messages"):
        return messages_stream() if streams else message([{"type": "text", "text": TEXT}],
                                                         "end_turn", 4)
    if target.startswith("/v1/embeddings"):
        inputs = asked["input"]
        return embeddings_object(inputs if isinstance(inputs, list) else [inputs])
    if streams:
        return chat_stream(asked.get("stream_options", {}).get("include_usage", False),
                           words_of(target))
    return chat_object(text_of(target))


def body_of(content):
    """Returns the body as sent by length."""
    return content if isinstance(content, bytes) else compact(content)


def type_of(content):
    if isinstance(content, (bytes, Chunks)):
        return "application/octet-stream"
    return values.EVENTS if isinstance(content, list) else values.JSON


def head_of(content, lie=0, more=()):
    lines = [f"Content-Type: {type_of(content)}"]
    if isinstance(content, list):
        lines.append("Transfer-Encoding: chunked")
    else:
        lines.append(f"Content-Length: {len(body_of(content)) + lie}")
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, *more, "", ""]).encode()


def pieces(content, lie=0, more=()):
    """Yields an answer as (moment, the bytes up to it), in order."""
    head = head_of(content, lie, more)
    yield "in-head", head[:len(head) // 2]
    yield "after-head", head[len(head) // 2:]
    if not isinstance(content, list):
        body = body_of(content)
        yield "mid-event", body[:len(body) // 2]
        yield "before-end", body[len(body) // 2:-1]
        yield "after", body[-1:]
        return
    chunks = list(map(chunk, content))
    many = max(1, len(chunks) // 2 - 1)  # of a long answer the first half
    second, *rest = chunks[many:-1]
    yield "between", b"".join(chunks[:many])
    yield "mid-event", second[:len(second) // 2]
    yield "before-done", second[len(second) // 2:] + b"".join(rest)
    yield "before-end", chunks[-1]
    yield "after", values.LAST_CHUNK


def error_event(target):
    """The error event of a stream that began well."""
    if target.startswith("/v1/messages"):
        return named("error", error={"type": "overloaded_error", "message": "Overloaded"})
    if target.startswith("/v1/responses"):
        return named("error", code="server_error", message="boom", param=None, sequence_number=9)
    return event(compact({"error": {"message": "boom", "type": "server_error", "code": 500}}))
