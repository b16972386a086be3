#!/usr/bin/env python3
"""Clients of the control socket that mean no good, or are broken.

usage: hostile_client.py SOCKET KIND SECONDS

KIND: garbage, half, huge, many, deaf, hasty. Each goes on for so many seconds at least, and prints
one line on what became of it.
"""

import os
import random
import resource
import select
import socket
import sys
import time

STATUS = b'{"method":"org.berkeleyd.Control.Status"}\0'
MEMBERS = b'{"method":"org.berkeleyd.Control.Members"}\0'
WATCH = (
    b'{"method":"org.berkeleyd.Control.Watch","more":true,"parameters":{"interval_ms":50}}\0'
)


class Clients:
    def __init__(self, path):
        self.path = path
        self.open = []

    def connect(self):
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        one.connect(self.path)  # waits for its turn; with a timeout set, it would fail instead
        one.settimeout(10)
        self.open.append(one)
        return one

    def drop_closed(self):
        """Those that the daemon closed. poll(2) tells without reading what came."""
        poll = select.poll()
        by_number = {one.fileno(): one for one in self.open}
        for number in by_number:
            poll.register(number, 0)
        for number, events in poll.poll(0):
            if events & (select.POLLHUP | select.POLLERR):
                by_number[number].close()
        self.open = [one for one in self.open if one.fileno() >= 0]


def say(one, what):
    """How many bytes were taken."""
    taken = 0
    try:
        while taken < len(what):
            taken += one.send(what[taken : taken + 65536])
    except OSError:
        pass
    return taken


def garbage(clients, until):
    """Bytes of any kind, some of which end in NUL, and what is nearly a call."""
    rng = random.Random(1)
    pieces = [b"{}\0", b"[" * 60000 + b"\0", b'{"method":3}\0', b'{"method":"a.b"', b"\0" * 5000]
    pieces.append(STATUS.replace(b"}", b',"parameters":{"a":' + b"[" * 500 + b"}"))
    calls = 0
    while time.monotonic() < until:
        one = clients.connect()
        say(one, rng.choice([rng.randbytes(rng.randrange(1, 100000)), rng.choice(pieces)]))
        calls += 1
        clients.drop_closed()
    return f"{calls} clients said nonsense"


def half(clients, until):
    """Nearly as much of a message as may be, and then silence, in all places."""
    for _ in range(200):
        say(clients.connect(), STATUS[:20] + b" " * 64000)
    while time.monotonic() < until:
        time.sleep(0.2)
    clients.drop_closed()
    return f"{len(clients.open)} clients of 200 keep a place with half a message"


def huge(clients, until):
    one = clients.connect()
    taken = say(one, b'{"method":"' + b"x" * 100_000_000 + b'"}\0')
    while time.monotonic() < until:
        time.sleep(0.1)
    return f"of a message of 100 MB, {taken / 1000:.0f} kB were taken"


def many(clients, until):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    room = min(most, 1 << 20) - 100
    began = time.monotonic()
    for _ in range(10_000):
        if len(clients.open) >= room:
            clients.drop_closed()
        clients.connect()
    took = time.monotonic() - began
    while time.monotonic() < until:
        time.sleep(0.1)
    clients.drop_closed()
    return f"10000 connections in {took:.1f} s, of which {len(clients.open)} are left"


def deaf(clients, until):
    """Asks for much and reads nothing."""
    for number in range(30):
        one = clients.connect()
        say(one, WATCH)
        pipeline = clients.connect()
        pipeline.settimeout(0.2)
        say(pipeline, (MEMBERS if number % 2 else STATUS) * 2000)
    while time.monotonic() < until:
        time.sleep(0.2)
    clients.drop_closed()
    return f"{len(clients.open)} clients of 60 that do not read are left"


def hasty(clients, until):
    """Calls as fast as it can, on all connections it can get."""
    answers = 0
    for _ in range(40):
        clients.connect().setblocking(False)
    while time.monotonic() < until:
        for one in clients.open:
            try:
                one.send(STATUS * 50)
            except OSError:
                pass
            try:
                answers += one.recv(1 << 20).count(b"\0")
            except OSError:
                pass
        clients.drop_closed()
        time.sleep(0.005)
    return f"{answers} calls answered, of 40 clients that call without end"


def main(words):
    kinds = {kind.__name__: kind for kind in (garbage, half, huge, many, deaf, hasty)}
    if len(words) != 3 or words[1] not in kinds:
        print(__doc__)
        return 2
    print(kinds[words[1]](Clients(words[0]), time.monotonic() + float(words[2])), flush=True)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
