"""Two hundred clients of Reprise, in front of the model server of soak_model.py, for a given time. See
scripts/soak.

    soak.py BINARY SECONDS
"""
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter

from soak_checks import (Torn, Wrong, check_embeddings, check_file, check_plain, check_stream, demand)
from soak_model import Model

CLIENTS = 200
TENANTS = ["bearer sk-a", "bearer sk-b", "bearer sk-c"]
HOT = 60            # questions that are repeated
TEXTS = 300         # inputs of embeddings
TTL = 3             # seconds: hot entries expire now and then, and are made again for many at once
FAULTS = ["error", "busy", "refuse", "garbage", "tear", "unfinished"]
LARGE = [900_000, 1_200_000, 2_600_000, 2_600_000, 5_000_000, 10_000_000, 20_000_000]
BOUND = 30          # seconds for one exchange
LARGE_BOUND = 120   # seconds for one of many megabytes
SIP = 0.002         # seconds between two reads of a slow reader
PORTION = 64 << 10
RSS_SLACK = 64 << 10  # KiB: what the allocator may keep in between, with holes of 20 MB
SETTINGS = ["workers=2", "admin.listen=127.0.0.1:0", f"cache.ttl={TTL}s", "cache.memory=64MiB", "log.access=false",
            "upstream.max_connections=64", "limits.connections=2000"]
# What must be 0 without requests once all entries have expired.
TRANSIENT = ["flights", "connections", "upstream_transfers", "upstream_waiting", "cache_entries",
             "cache_derived", "cache_bytes"]
EXPECTED_ERRORS = ["upstream_torn"]  # of the injected faults


# ## One exchange

class Connection:
    def __init__(self, address):
        self.host, self.port = address.split(":")
        self.reader = self.writer = None

    async def ask(self, path, tenant, body):
        """body: None for a GET."""
        if not self.writer:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        data = b"" if body is None else json.dumps(body).encode()
        lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: soak",
                 f"Authorization: {tenant}"]
        if data:
            lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + data)
        await self.writer.drain()
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        return int(head.split(" ")[1]), fields

    async def exactly(self, size, slow):
        if not slow:
            return await self.reader.readexactly(size)
        data = bytearray()
        while len(data) < size:
            await asyncio.sleep(SIP)
            data += await self.reader.readexactly(min(PORTION, size - len(data)))
        return data

    async def pieces(self, fields, slow=False):
        """Yields the body's bytes as they arrive."""
        if "content-length" in fields:
            yield await self.exactly(int(fields["content-length"]), slow)
            return
        if fields.get("transfer-encoding") != "chunked":
            yield await self.reader.read(-1)
            raise Torn
        while True:
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            data = await self.exactly(size + 2, slow)
            if size == 0:
                return
            yield data[:-2]

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


# ## What clients do

class Client:
    def __init__(self, soak):
        self.soak = soak
        self.connection = Connection(soak.address)
        self.counts = soak.counts

    async def live(self):
        while not self.soak.resting:
            await self.once()
        self.connection.close()

    async def once(self):
        kind = random.choices([self.chat, self.embed, self.leave, self.fail, self.large],
                              [69, 15, 8, 7, 1])[0]
        bound = LARGE_BOUND if kind == self.large else BOUND
        try:
            await asyncio.wait_for(kind(), bound)
        except (Torn, asyncio.IncompleteReadError, ConnectionError):
            self.connection.close()
            # This program stops all its readers while it checks a million events.
            if kind == self.large and self.soak.lagged < self.soak.torn_off:
                self.soak.lagged += 1
                self.counts["large: torn off, lagging"] += 1
                return
            self.counts["unexpected: torn"] += 1
            self.soak.wrongs.append(f"{kind.__name__}: an answer broke off")
        except Wrong as wrong:
            self.soak.wrongs.append(f"{kind.__name__}: {wrong}")
        except asyncio.TimeoutError:
            self.soak.wrongs.append(f"{kind.__name__}: no answer within {bound} s")
        except (ValueError, KeyError, IndexError, TypeError) as odd:
            self.soak.wrongs.append(f"{kind.__name__}: not understood: {odd!r}")
        else:
            self.counts["requests"] += 1
            return
        self.connection.close()

    def question(self):
        if random.random() < 0.8:
            return f"hot {min(int(random.expovariate(0.1)), HOT)}"
        return f"cold {random.getrandbits(64):x}"

    async def exchange(self, question, leaves=False, form=None, slow=False):
        """A chat in one of three forms. Returns tenant, form, status, fields and body."""
        form = form or random.choice(["plain", "stream", "usage"])
        body = {"model": "m", "messages": [{"role": "user", "content": question}]}
        if form != "plain":
            body["stream"] = True
        if form == "usage":
            body["stream_options"] = {"include_usage": True}
        tenant = random.choice(TENANTS)
        status, fields = await self.connection.ask("/v1/chat/completions", tenant, body)
        got = bytearray()
        async for piece in self.connection.pieces(fields, slow):
            got += piece
            if leaves:
                break
        return tenant, form, status, fields, got

    async def large(self):
        """Requests an answer of 0.9 to 20 MB as a fast or a slow reader."""
        size, slow = random.choice(LARGE), random.random() < 0.4
        if random.random() < 0.3:
            # Each in the form it arrives in: unfolded, it would have an event for each of a million words.
            form = random.choice(["plain", "stream"])
            await self.chat(f"large {size} {form} {random.randrange(4)}", form, slow)
            return
        tenant = random.choice(TENANTS)
        target = f"/files/{size}/{random.randrange(HOT)}{random.choice(['', '/chunked'])}"
        status, fields = await self.connection.ask(target, tenant, None)
        got = b"".join([piece async for piece in self.connection.pieces(fields, slow)])
        demand(status == 200, f"status {status}: {got[:100]}")
        check_file(got, tenant, target)
        self.counts["large, slowly" if slow else "large"] += 1

    async def chat(self, question=None, form=None, slow=False):
        question = question or self.question()
        tenant, form, status, fields, body = await self.exchange(question, form=form, slow=slow)
        demand(status == 200, f"status {status}: {body[:100]}")
        if form == "plain":
            check_plain(body, tenant, question)
        else:
            check_stream(body, tenant, question, form == "usage")
        self.note(f"large {form}" if question.startswith("large") else form, fields)

    async def embed(self):
        texts = [f"text {random.randrange(TEXTS)}" for _ in range(random.randint(1, 16))]
        coding, tenant = random.choice(["float", "base64"]), random.choice(TENANTS)
        body = {"model": "m", "input": texts, "encoding_format": coding}
        status, fields = await self.connection.ask("/v1/embeddings", tenant, body)
        got = b"".join([piece async for piece in self.connection.pieces(fields)])
        demand(status == 200, f"status {status}: {got[:100]}")
        check_embeddings(got, tenant, texts, coding)
        self.note("embeddings", fields)

    async def leave(self):
        """Leaves in the middle of the answer, or before it."""
        try:
            await asyncio.wait_for(self.exchange(self.question(), leaves=True),
                                   random.choice([0.005, 0.02, BOUND]))
        except (asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            pass
        self.connection.close()
        self.counts["left"] += 1

    async def fail(self):
        """Requests a fault: gets an error or an answer that breaks off; never one that looks whole, never a hit."""
        question = f"{random.choice(FAULTS)} {random.randrange(HOT)}"
        try:
            _, form, status, fields, body = await self.exchange(question)
        except (Torn, asyncio.IncompleteReadError, ConnectionError):
            self.connection.close()
            self.counts["faults: torn"] += 1
            return
        demand(fields.get("x-cache") != "hit", f"'{question}' was a hit")
        self.counts["faults: refused" if status != 200 else "faults: without an end"] += 1
        if status == 200:
            demand(question.startswith("unfinished"), f"'{question}' looks whole: {body[-60:]}")
            end = b'"finish_reason": "stop"' if form == "plain" else b"[DONE]"
            demand(end not in body, f"'{question}' has an end")

    def note(self, form, fields):
        self.counts[f"{form}: {fields.get('x-cache', 'none')}"] += 1
        if "fwd=partial" in fields.get("cache-status", ""):
            self.counts["embeddings: partial"] += 1


# ## The whole

class Soak:
    def __init__(self, binary, settings=()):
        self.binary, self.model = binary, Model()
        self.settings = [*SETTINGS, *settings]
        self.process, self.address, self.admin = None, None, None
        self.counts, self.wrongs, self.resting = Counter(), [], False
        self.lagged = 0    # large answers that broke off
        self.torn_off = 0  # readers, as it says: who stops for a second while others wait

    async def start(self):
        await self.model.start()
        command = [self.binary, "--listen", "127.0.0.1:0", "--upstream", f"http://{self.model.address}"]
        for setting in self.settings:
            command += ["--set", setting]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE)
        self.admin, self.address = self.said("admin"), self.said("address")
        asyncio.get_running_loop().run_in_executor(None, self.listen)

    def listen(self):
        """Reads the log, so that writing it never blocks, and counts the readers that were cut off."""
        for line in self.process.stderr:
            found = re.search(rb"tearing them off: readers=(\d+)", line)
            self.torn_off += int(found[1]) if found else 0

    def said(self, what):
        """Returns the address on which it listens, from its log."""
        for line in self.process.stderr:
            found = re.search(rb"listening %s=(\S+)" % what.encode(), line)
            if found:
                return found[1].decode()
        raise Wrong("it did not start")

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=BOUND) as page:
            series = [line.rsplit(" ", 1) for line in page.read().decode().splitlines()
                      if not line.startswith("#")]
        return {name.removeprefix("reprise_"): float(value) for name, value in series}

    async def load(self, seconds):
        self.resting, self.counts = False, Counter()
        clients = [asyncio.create_task(Client(self).live()) for _ in range(CLIENTS)]
        await asyncio.sleep(seconds)
        self.resting = True
        await asyncio.gather(*clients)
        await self.rest()
        return self.figures()

    async def rest(self, transient=TRANSIENT):
        """Waits until the model server is idle and nothing transient is left, or until a timeout."""
        deadline = time.monotonic() + BOUND
        while time.monotonic() < deadline:
            counted = self.metrics()
            if not self.model.busy and not any(counted[name] for name in transient):
                return
            await asyncio.sleep(0.1)

    def figures(self):
        folder = f"/proc/{self.process.pid}"
        with open(f"{folder}/status", encoding="ascii") as status:
            rss = int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])
        targets = [os.readlink(f"{folder}/fd/{fd}") for fd in os.listdir(f"{folder}/fd")]
        return {"rss": rss, "fds": len([t for t in targets if not t.startswith("socket:")]),
                "sockets": len([t for t in targets if t.startswith("socket:")]),
                "busy": self.model.busy, "metrics": self.metrics()}

    async def stop(self):
        """Without clients it ends at once: a leftover flight or request would delay it
        for the grace period of half a minute."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.get_running_loop().run_in_executor(None, self.process.wait)
        return code, time.monotonic() - begun


def errors_of(metrics):
    """Counts the errors by their codes."""
    found = {re.fullmatch(r'errors_total\{code="(\w+)"\}', name): n for name, n in metrics.items()}
    return {match[1]: n for match, n in found.items() if match and n}


def judge(before, after, code, took, wrongs):
    """Returns the failures, one sentence each."""
    faults = list(dict.fromkeys(wrongs))[:10]
    if after["rss"] > before["rss"] * 1.1 + RSS_SLACK:
        faults.append(f"memory grew: {before['rss']} KiB after warm-up, {after['rss']} KiB now")
    if after["fds"] != before["fds"]:
        faults.append(f"descriptors: {before['fds']} after warm-up, {after['fds']} now")
    # Idle connections to the model are kept, up to upstream.max_connections.
    if after["sockets"] > before["sockets"] + 64:
        faults.append(f"sockets: {before['sockets']} after warm-up, {after['sockets']} now")
    if after["busy"]:
        faults.append(f"{after['busy']} questions are still being answered with nobody there")
    for name in TRANSIENT:
        if after["metrics"][name]:
            faults.append(f"reprise_{name} is {after['metrics'][name]:g} with nobody there")
    for code_text in sorted(errors_of(after["metrics"]).keys() - set(EXPECTED_ERRORS)):
        faults.append(f"an error that nothing asked for: {code_text}")
    if code != 0 or took > 5:
        faults.append(f"it took {took:.1f} s to end, with {code}")
    return faults


async def main(binary, seconds):
    soak = Soak(binary)
    await soak.start()
    warm_up = min(60, max(5, seconds / 5))
    before = await soak.load(warm_up)
    wrongs, asked = list(soak.wrongs), soak.model.asked
    after = await soak.load(seconds)
    code, took = await soak.stop()
    faults = judge(before, after, code, took, wrongs + soak.wrongs)
    print(f"{CLIENTS} clients, {seconds} s after {warm_up:.0f} s of warm-up; the model was asked "
          f"{soak.model.asked - asked} times")
    for kind, count in sorted(soak.counts.items()):
        print(f"  {kind:24} {count}")
    for code_text, count in sorted(errors_of(after["metrics"]).items()):
        print(f"  error {code_text:18} {count:g} since it started")
    print("at rest     memory KiB   files   sockets   questions under way")
    for name, f in (("warmed up", before), ("at the end", after)):
        print(f"{name:10} {f['rss']:11} {f['fds']:7} {f['sockets']:9} {f['busy']:8}")
    print(f"it ended {took:.1f} s after SIGTERM, with {code}")
    for fault in faults:
        print(f"WRONG: {fault}")
    print("0 passed, 1 failed, 0 skipped" if faults else "1 passed, 0 failed, 0 skipped")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], float(sys.argv[2]))))
