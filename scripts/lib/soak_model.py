"""The model server of scripts/soak. Its answer is determined by the question and the tenant, so that
clients can tell a right answer from any other. A question may request a fault."""
import asyncio
import base64
import hashlib
import json
import random
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/lib"))

import values  # noqa: E402

DIMENSIONS = 8
LARGEST = 20_000_000
WORD = 60000  # characters of a large answer in one event
PATTERN = values.pattern(LARGEST + (16 << 16))
TEXT = PATTERN.decode().replace("\n", " ")


def place_of(tenant, question):
    """The position in the pattern at which a large answer begins, so that no two are equal."""
    return 16 * int(hashlib.sha256(f"{tenant} {question}".encode()).hexdigest()[:4], 16)


def bytes_of(tenant, target):
    """/files/SIZE/…"""
    place = place_of(tenant, target)
    return PATTERN[place:place + int(target.split("/")[2])]


def large_words_of(tenant, question):
    """large SIZE …"""
    place, size = place_of(tenant, question), int(question.split(" ")[1])
    return [TEXT[at:min(at + WORD, place + size)] for at in range(place, place + size, WORD)]


def words_of(tenant, question):
    """The answer's words. Each contains the tenant and the question."""
    if question.startswith("large "):
        return large_words_of(tenant, question)
    seed = hashlib.sha256(f"{tenant} {question}".encode()).hexdigest()
    return [f"{seed[i:i + 6]}é " for i in range(0, 6 + int(seed[0], 16) * 3, 2)]


def text_of(tenant, question):
    return "".join(words_of(tenant, question))


def vector_of(tenant, text):
    """Numbers that are exact in float32."""
    seed = hashlib.sha256(f"{tenant} {text}".encode()).digest()
    return [byte / 256 for byte in seed[:DIMENSIONS]]


def usage_of(words):
    return {"prompt_tokens": 3, "completion_tokens": len(words), "total_tokens": 3 + len(words)}


def identity(question):
    return {"id": f"chatcmpl-{question[:40]}", "created": 1700000000, "model": "m"}


def plain(tenant, question, finish="stop"):
    words = words_of(tenant, question)
    return json.dumps({
        **identity(question), "object": "chat.completion", "usage": usage_of(words),
        "choices": [{"index": 0, "finish_reason": finish,
                     "message": {"role": "assistant", "content": "".join(words)}}]})


def events(tenant, question, with_usage):
    words = words_of(tenant, question)
    head = {**identity(question), "object": "chat.completion.chunk"}

    def chunk(delta, finish=None):
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    yield chunk({"role": "assistant", "content": ""})
    for word in words:
        yield chunk({"content": word})
    yield chunk({}, "stop")
    if with_usage:
        yield {**head, "choices": [], "usage": usage_of(words)}


def embeddings(tenant, body):
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = []
    for index, text in enumerate(inputs):
        vector = vector_of(tenant, text)
        if body.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *vector)).decode()
        data.append({"object": "embedding", "index": index, "embedding": vector})
    return json.dumps({"object": "list", "model": "m", "data": data,
                       "usage": {"prompt_tokens": len(inputs), "total_tokens": len(inputs)}})


def whole(text, status="200 OK", more=""):
    body = text.encode()
    return (f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


class Model:
    """One server; `busy` requests are being answered."""

    def __init__(self):
        self.busy, self.asked, self.address = 0, 0, None
        self.tasks = set()  # the event loop holds only weak references

    async def start(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024)
        self.address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        try:
            while await self.exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:
            self.tasks.discard(asyncio.current_task())
            writer.close()

    async def exchange(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = json.loads(await reader.readexactly(int(fields.get("content-length", 0))) or "null")
        self.busy += 1
        self.asked += 1
        try:
            tenant = fields.get("authorization", "")
            await asyncio.sleep(random.random() * 0.02)
            if body is None:
                self.write_file(writer, tenant, head.split(" ")[1])
                await writer.drain()
            elif "input" in body:
                writer.write(whole(embeddings(tenant, body)))
            else:
                question = body["messages"][0]["content"]
                return await self.answer(writer, tenant, question, body)
        finally:
            self.busy -= 1
        return True

    async def answer(self, writer, tenant, question, body):
        fault = question.split(" ")[0]
        if fault == "error":
            writer.write(whole('{"error":{"message":"no"}}', "500 Internal Server Error"))
        elif fault == "busy":
            writer.write(whole('{"error":{"message":"no"}}', "429 Too Many Requests", "Retry-After: 1\r\n"))
        elif fault == "refuse":
            return False
        elif fault == "garbage":
            writer.write(b"\0\1\2 this is no HTTP\r\n\r\n")
            return False
        elif body.get("stream"):
            return await self.stream(writer, tenant, question, body, fault)
        else:
            answer = whole(plain(tenant, question, None if fault == "unfinished" else "stop"))
            writer.write(answer[:-20] if fault == "tear" else answer)
        await writer.drain()
        return fault != "tear"

    async def stream(self, writer, tenant, question, body, fault):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n")
        with_usage = (body.get("stream_options") or {}).get("include_usage", False)
        for number, event in enumerate(events(tenant, question, with_usage)):
            self.write_chunk(writer, f"data: {json.dumps(event)}\n\n")
            await writer.drain()
            if fault == "tear" and number == 3:
                return False
            if number % 4 == 0:
                await asyncio.sleep(random.random() * 0.01)
        if fault == "unfinished":
            writer.write(b"0\r\n\r\n")
            return True
        self.write_chunk(writer, "data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def write_file(self, writer, tenant, target):
        """Sends all at once, by length, or in chunks if the target says so."""
        data, chunked = bytes_of(tenant, target), target.endswith("chunked")
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(data)}"
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n{framing}"
                     "\r\n\r\n".encode())
        if not chunked:
            writer.write(data)
            return
        for at in range(0, len(data), WORD):
            writer.write(b"%x\r\n%s\r\n" % (len(data[at:at + WORD]), data[at:at + WORD]))
        writer.write(b"0\r\n\r\n")

    @staticmethod
    def write_chunk(writer, text):
        data = text.encode()
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
