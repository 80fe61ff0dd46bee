"""Clients that attack Reprise's memory: bodies that trickle or never end, and hits that are not read.
See scripts/soak.

    soak_hostile.py BINARY

All run at once, long enough for every bounded quantity to reach its bound. Memory must stay below
cache.memory + limits.memory + 64 MiB, ordinary clients must get right answers or errors with
Retry-After, and in the end nothing may be left. If a cgroup (v2) can be created, the bound is its
memory.max, and no process in it may be killed.
"""
import asyncio
import json
import os
import re
import select
import socket
import sys
import time
from pathlib import Path

from soak import TENANTS, Connection, Soak
from soak_checks import check_plain

MIB = 1 << 20
CACHE, LIMIT, REST = 64 * MIB, 256 * MIB, 64 * MIB  # cache.memory; limits.memory's default
TRICKLING, TRICKLED = 60, 20 * MIB
UNFINISHED, BODY = 8, 30 * MIB
UNREAD, HIT = 1500, 238_000
HELD = 20            # seconds
PORTION = 64 << 10
RESIDENT_AT_REST = 128 << 10  # KiB more than before: the cache, and memory that the allocator keeps
BUSY = ["flights", "connections", "upstream_transfers", "upstream_waiting"]
CGROUPS = Path("/sys/fs/cgroup")


class Cgroup:
    """A cgroup with a memory bound for one process. `why_not`: the reason if it could not be created."""

    def __init__(self, limit):
        self.path, self.why_not = CGROUPS / f"reprise-soak-{os.getpid()}", None
        try:
            controllers = (CGROUPS / "cgroup.controllers").read_text().split()
            if "memory" not in controllers:
                raise OSError("there is no memory controller of version 2")
            (CGROUPS / "cgroup.subtree_control").write_text("+memory")
            self.path.mkdir()
            (self.path / "memory.max").write_text(str(limit))
            if (swap := self.path / "memory.swap.max").exists():
                swap.write_text("0")
        except OSError as error:
            self.why_not = str(error)
            self.remove()

    def admit(self, pid):
        if not self.why_not:
            (self.path / "cgroup.procs").write_text(str(pid))

    def killed(self):
        """How many processes the kernel killed for lack of memory."""
        if self.why_not:
            return 0
        events = (self.path / "memory.events").read_text()
        return int(re.search(r"^oom_kill (\d+)", events, re.M)[1])

    def remove(self):
        if self.path.exists():
            self.path.rmdir()


# ## The clients

def head(length):
    return (f"POST /v1/chat/completions HTTP/1.1\r\nHost: soak\r\nAuthorization: {TENANTS[0]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n").encode()


class Sender:
    """Sends as much of a body as is accepted, up to `most` bytes, and never ends it."""

    def __init__(self, address, length, most):
        self.sock = socket.create_connection(address)
        self.sock.setblocking(False)
        self.left, self.open = memoryview(head(length) + b'{"model":"' + b"x" * most), True

    def send(self):
        try:
            self.left = self.left[self.sock.send(self.left[:PORTION]):]
        except BlockingIOError:
            pass
        except OSError:
            self.open = False  # refused, as is permitted


def unread(address, question):
    """Requests a hit and does not read it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(address)
    sock.sendall(head(len(question)) + question)
    return sock


def attack(address, question, until):
    """Holds as much memory as possible until then. Returns how many bodies were refused."""
    senders = [Sender(address, TRICKLED, TRICKLED - 20) for _ in range(TRICKLING)]
    senders += [Sender(address, BODY, BODY - 20) for _ in range(UNFINISHED)]
    readers = [unread(address, question) for _ in range(UNREAD)]
    while time.monotonic() < until:
        pending = [s for s in senders if s.open and s.left]
        poll = select.poll()
        for sender in pending:
            poll.register(sender.sock, select.POLLOUT)
        ready = dict(poll.poll(100))
        for sender in pending:
            if sender.sock.fileno() in ready:
                sender.send()
    for sock in [*readers, *(s.sock for s in senders)]:
        sock.close()
    return sum(not s.open for s in senders)


# ## The whole

def resident(pid, which):
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"{which}:\s+(\d+)", status)[1])


async def ask(soak, question, counts, wrongs):
    """The request of an ordinary client."""
    connection = Connection(soak.address)
    body = {"model": "m", "messages": [{"role": "user", "content": question}]}
    try:
        status, fields = await connection.ask("/v1/chat/completions", TENANTS[0], body)
        got = b"".join([piece async for piece in connection.pieces(fields)])
        if status == 200:
            check_plain(got, TENANTS[0], question)
        elif status != 503 or "retry-after" not in fields:
            wrongs.append(f"status {status}: {got[:100]}")
        counts[status] = counts.get(status, 0) + 1
    except Exception as wrong:  # any failure
        wrongs.append(f"'{question}': {wrong!r}")
    finally:
        connection.close()


async def meanwhile(soak, until, counts, wrongs):
    number = 0
    while time.monotonic() < until:
        number += 1
        await asyncio.wait_for(ask(soak, f"hot {number % 5}", counts, wrongs), 3 * HELD)
        await asyncio.sleep(0.1)


async def hold(soak, seen, counts, wrongs):
    """Runs the attack beside an ordinary client; seen: resident KiB at three times."""
    pid, loop, question = soak.process.pid, asyncio.get_running_loop(), f"large {HIT} plain"
    await ask(soak, question, {}, wrongs)
    seen["before"], until = resident(pid, "VmRSS"), time.monotonic() + HELD
    host, port = soak.address.split(":")
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": question}]}).encode()
    seen["refused"], _ = await asyncio.gather(
        loop.run_in_executor(None, attack, (host, int(port)), body, until),
        meanwhile(soak, until, counts, wrongs))
    await soak.rest(BUSY)
    seen["peak"], seen["after"] = resident(pid, "VmHWM"), resident(pid, "VmRSS")
    wrongs += [f"reprise_{name} is {n:g} with nobody there" for name, n in soak.metrics().items()
               if name in BUSY and n]


async def main(binary):
    soak, counts, wrongs = Soak(binary, ["limits.connections=4000", "cache.ttl=1h"]), {}, []
    seen = {"before": 0, "peak": 0, "after": 0, "refused": 0}
    await soak.start()
    cgroup = Cgroup(CACHE + LIMIT + REST)
    try:
        cgroup.admit(soak.process.pid)
        await hold(soak, seen, counts, wrongs)
    except Exception as error:  # it may have ended
        wrongs.append(repr(error))
    killed = cgroup.killed()
    code, _ = await soak.stop()
    cgroup.remove()
    faults = list(dict.fromkeys(wrongs))[:10]
    bound = (CACHE + LIMIT + REST) >> 10
    if seen["peak"] > bound:
        faults.append(f"{seen['peak']} KiB were resident, and at most {bound} should be")
    if seen["after"] > seen["before"] + RESIDENT_AT_REST:
        faults.append(f"{seen['after']} KiB are resident when all have left, {seen['before']} before")
    if not counts.get(200):
        faults.append("who asked meanwhile got no answer at all")
    if killed or code != 0:
        faults.append(f"it ended with {code}; {killed} killed for want of memory")
    print(f"{TRICKLING} bodies of {TRICKLED // MIB} MiB, {UNFINISHED} of {BODY // MIB} MiB, {UNREAD} "
          f"unread hits of {HIT // 1000} KB, {HELD} s; "
          f"{seen['refused']} bodies were refused")
    print("memory KiB: {before} before, {peak} at most, {after} after; ".format_map(seen)
          + f"{bound} is the bound; who asked meanwhile: "
          + ", ".join(f"{n} got {status}" for status, n in sorted(counts.items())))
    if cgroup.why_not:
        print(f"not held by a cgroup, what is resident was looked at: {cgroup.why_not}")
    for fault in faults:
        print(f"WRONG: {fault}")
    print("0 passed, 1 failed, 0 skipped" if faults else "1 passed, 0 failed, 0 skipped")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
