"""Classifies an answer as a correct client library would.

    answer   whole, and right
    told     status 200, and an error inside that every client reports
    torn     the connection ended in the middle of it
    broken   complete but visibly invalid: not JSON, or a stream without its terminal event
    STATUS   an error in the endpoint's shape

An answer that is whole but wrong is none of these, and always a failure.
"""

import json

import forms
from expect import check_bytes, shorten
from script import Failed
from values import find_header


class Broken(Exception):
    pass


def outcome_of(answer, target, asked):
    """Returns the outcome, and the error's code if it has one. asked: the request's body."""
    if answer.ending == "torn":
        return "torn", None
    if answer.status != 200:
        return str(answer.status), error_code(answer, target)
    if not target.startswith("/v1/"):
        check_bytes("a whole answer", answer.body, "==", forms.opaque_bytes(target))
        return "answer", None
    try:
        said = read(answer)
    except Broken:
        return "broken", None
    if said is None:
        return "told", None
    if said != right(target, json.loads(asked)):
        raise Failed(f"a whole answer, and wrong: {shorten(answer.body)}")
    return "answer", None


def right(target, asked):
    if not target.startswith("/v1/embeddings"):
        return forms.text_of(target)
    inputs = asked["input"]
    return [forms.VECTORS[each] for each in (inputs if isinstance(inputs, list) else [inputs])]


def error_code(answer, target):
    try:
        thing = json.loads(answer.body)
        error = thing["error"]
        if not error["message"] or not error["type"]:
            raise KeyError("message")
        if target.startswith("/v1/messages") and thing["type"] != "error":
            raise KeyError("type")
    except (ValueError, KeyError, TypeError) as fault:
        raise Failed(f"no error in the endpoint's shape ({fault!r}): {shorten(answer.body)}") from None
    return error.get("code")


def read(answer):
    """Returns the text or the vectors of the answer; None: an error."""
    content_type = find_header(answer.headers, "Content-Type", "")
    if content_type.startswith("text/event-stream"):
        things, done = read_events(answer.body)
        if any("error" in thing or thing.get("type") == "error" for thing in things):
            return None
        if not done and not any(thing.get("type") in TERMINAL for thing in things):
            raise Broken
        found = "".join(map(event_text, things))
    else:
        thing = read_json(answer.body)
        if "error" in thing and thing.get("object") != "response":
            return None
        found = object_text(thing)
    return found


TERMINAL = ("response.completed", "message_stop")


def read_json(text):
    try:
        thing = json.loads(text)
    except ValueError:
        raise Broken from None
    if not isinstance(thing, dict):
        raise Broken
    return thing


def read_events(body):
    things, done = [], False
    for line in body.split(b"\n"):
        data = line[5:].strip() if line.startswith(b"data:") else None
        if data == b"[DONE]":
            done = True
        elif data is not None:
            things.append(read_json(data))
    return things, done


def event_text(thing):
    if thing.get("type") == "response.output_text.delta":
        return thing["delta"]
    if thing.get("type") == "content_block_delta":
        return thing["delta"]["text"]
    choices = thing.get("choices") or [{}]
    return choices[0].get("delta", {}).get("content") or ""


def object_text(thing):
    if "choices" in thing:
        return thing["choices"][0]["message"]["content"]
    if "output" in thing:
        return thing["output"][0]["content"][0]["text"]
    if "content" in thing:
        return thing["content"][0]["text"]
    return [item["embedding"] for item in thing["data"]]
