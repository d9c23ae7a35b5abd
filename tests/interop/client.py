"""A client from the .proto files alone: a length of 4 bytes, a message, answers matched by seq."""

import importlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
import types

REPLY_TIMEOUT_S = 20


def load_schema(folder):
    """All messages and enum values of the .proto files, as in `schema.Request`."""
    inside = "peakpeeps/v1"
    names = [name[:-6] for name in os.listdir(os.path.join(folder, inside))
             if name.endswith(".proto")]
    everything = types.SimpleNamespace()
    with tempfile.TemporaryDirectory(prefix="peakpeeps-schema-") as out:
        paths = [f"{inside}/{name}.proto" for name in names]
        subprocess.run(["protoc", "-I" + folder, "--python_out=" + out] + paths, check=True)
        sys.path.insert(0, out)
        for name in names:
            vars(everything).update(vars(importlib.import_module(f"peakpeeps.v1.{name}_pb2")))
        sys.path.remove(out)
    return everything


class Closed(Exception):
    """The server ended the connection."""


class Client:
    """One connection. Members of a request are given as keywords: call(get_user={"user_id": 1})."""

    def __init__(self, schema, port, hello=True):
        self.schema = schema
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=REPLY_TIMEOUT_S)
        self.seq = 0
        self.answers = {}
        # The messages of writes, by seq; and those that were answered, with their answers.
        self.writes = {}
        self.history = []
        self.clock_offset_ms = 0
        if hello:
            reply = self.call(hello={"protocol_minor": 1, "client_name": "interop, Python"})
            self.hello = reply.hello
            self.clock_offset_ms = reply.hello.server_time_ms - int(time.time() * 1000)

    def close(self):
        self.socket.close()

    def make_id(self, ahead_ms=0):
        """A UUIDv7 by the server's clock."""
        at_ms = int(time.time() * 1000) + self.clock_offset_ms + ahead_ms
        tail = bytearray(os.urandom(10))
        tail[0] = 0x70 | tail[0] & 0x0F
        tail[2] = 0x80 | tail[2] & 0x3F
        return at_ms.to_bytes(6, "big") + bytes(tail)

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send_message(self, message):
        self.send_bytes(struct.pack(">I", len(message)) + message)

    def send(self, **members):
        """Does not wait; its seq, for answer_to()."""
        members.setdefault("seq", self.seq + 1)
        self.seq = members["seq"]
        message = self.schema.Request(**members).SerializeToString()
        if "request_id" in members:
            self.writes[self.seq] = message
        self.send_message(message)
        return self.seq

    def send_write(self, **members):
        """Under a fresh id, unless one is given."""
        members.setdefault("request_id", self.make_id())
        return self.send(**members)

    def answer_to(self, seq):
        while seq not in self.answers:
            (n,) = struct.unpack(">I", self.receive(4))
            reply = self.schema.Response.FromString(self.receive(n))
            assert reply.seq not in self.answers, f"two answers to {reply.seq}"
            self.answers[reply.seq] = reply
            if reply.seq in self.writes:
                self.history.append((self.writes.pop(reply.seq), reply))
        return self.answers.pop(seq)

    def call(self, **members):
        return self.answer_to(self.send(**members))

    def write(self, **members):
        return self.answer_to(self.send_write(**members))

    def until_closed(self):
        """Waits for the server's end of the connection; nothing else may come before it."""
        data = self.socket.recv(1)
        assert not data, f"the server goes on, with {data}"

    def receive(self, n):
        data = b""
        while len(data) < n:
            part = self.socket.recv(n - len(data))
            if not part:
                raise Closed(f"after {len(data)} of {n} bytes")
            data += part
        return data
