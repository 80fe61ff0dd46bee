"""Sends an OpenAI-style server the same requests several times, plain and streamed, and prints what a
client sees.

    ask-twice.py HOST:PORT
"""
import http.client
import json
import sys
from time import perf_counter

QUESTIONS = {
    "Tell me a story.": ("plain", "plain", "streamed"),
    "And another one.": ("streamed", "streamed", "plain"),
}
ROW = "  {:9} {:8} {:>12} {:>14}   {}"


def ask(address, body):
    """Returns X-Cache, Cache-Status, and the milliseconds to the first bytes of the body and to its end."""
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.connect()
    began = perf_counter()
    connection.request("POST", "/v1/chat/completions", json.dumps(body),
                       {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read1(1)
    first = perf_counter()
    answer.read()
    end = perf_counter()
    connection.close()
    if answer.status != 200:
        sys.exit(f"status {answer.status}: {answer.reason}")
    return (answer.headers["X-Cache"], answer.headers["Cache-Status"],
            (first - began) * 1000, (end - began) * 1000)


print(ROW.format("", "X-Cache", "first bytes", "whole answer", "Cache-Status"))
for question, forms in QUESTIONS.items():
    body = {"model": "demo-model", "messages": [{"role": "user", "content": question}]}
    for form in forms:
        verdict, status, first, whole = ask(sys.argv[1], {**body, "stream": form == "streamed"})
        print(ROW.format(form, verdict, f"{first:.1f} ms", f"{whole:.1f} ms", status))
