"""Whether an answer that a client of the soak got is right."""
import base64
import json
import struct

from soak_model import DIMENSIONS, bytes_of, text_of, usage_of, vector_of, words_of


class Wrong(Exception):
    """A client got something that it must never get."""


class Torn(Exception):
    """The answer broke off, and the client can tell."""


def demand(condition, what):
    if not condition:
        raise Wrong(what)


def check_plain(body, tenant, question):
    answer = json.loads(body)
    content = answer["choices"][0]["message"]["content"]
    demand(content == text_of(tenant, question), f"{tenant} asked '{question}' and got '{content}'")
    demand(answer["usage"] == usage_of(words_of(tenant, question)), f"usage: {answer['usage']}")


def check_stream(body, tenant, question, with_usage):
    frames = body.decode().split("\n\n")
    if "data: [DONE]" not in frames:
        raise Torn
    chunks = [json.loads(f[6:]) for f in frames if f.startswith("data: {")]
    content = "".join(choice["delta"].get("content") or ""
                      for chunk in chunks for choice in chunk["choices"])
    demand(content == text_of(tenant, question), f"{tenant} asked '{question}' and got '{content}'")
    usages = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    expected = [usage_of(words_of(tenant, question))] if with_usage else []
    demand(usages == expected, f"usage: {usages} instead of {expected}")


def check_file(body, tenant, target):
    wanted = bytes_of(tenant, target)
    at = next((i for i, (a, b) in enumerate(zip(body, wanted)) if a != b), len(body)) \
        if body != wanted else None
    demand(at is None, f"{tenant} asked {target}: {len(body)} bytes, wrong from {at} on")


def check_embeddings(body, tenant, texts, coding):
    data = json.loads(body)["data"]
    demand([item["index"] for item in data] == list(range(len(texts))), "the order of the items")
    for item, text in zip(data, texts):
        vector = item["embedding"]
        if coding == "base64":
            vector = list(struct.unpack(f"<{DIMENSIONS}f", base64.b64decode(vector)))
        demand(vector == vector_of(tenant, text), f"{tenant} asked '{text}' and got {vector}")
