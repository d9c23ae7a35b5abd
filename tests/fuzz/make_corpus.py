#!/usr/bin/python3
"""Writes the seed corpus of fuzz_frame_codec: every request and response, and hostile frames.

usage: make_corpus.py SCHEMA_FOLDER CORPUS_FOLDER

Run once by hand when the schema grows; the corpus itself is kept. Needs protoc and
python3-protobuf. What fuzzing finds is added beside, under its own name.
"""

import os
import struct
import subprocess
import sys
import tempfile


def load_schema(folder):
    """The module of the envelope, compiled from the .proto files."""
    out = tempfile.mkdtemp()
    names = sorted(os.listdir(os.path.join(folder, "peakpeeps/v1")))
    protos = ["peakpeeps/v1/" + name for name in names if name.endswith(".proto")]
    subprocess.run(["protoc", "-I" + folder, "--python_out=" + out] + protos, check=True)
    sys.path.insert(0, out)
    from peakpeeps.v1 import envelope_pb2  # pylint: disable=import-outside-toplevel

    return envelope_pb2


def sample(field, small):
    """A value for a field that is not a message."""
    if field.enum_type is not None:
        return field.enum_type.values[1 if small else -1].number
    if field.type == field.TYPE_BOOL:
        return True
    if field.type == field.TYPE_STRING:
        return "x" if small else "Half off a burger \u00fc \u20ac \U0001f354"
    if field.type == field.TYPE_BYTES:
        return bytes(range(16))
    if field.type == field.TYPE_UINT32:
        return field.number if small else 3600000
    return field.number if small else 2**53 - 1


def fill(message, small):
    """Sets every field; of a oneof of messages the first, or the last when small."""
    work = [message]
    while work:
        at = work.pop()
        fields = at.DESCRIPTOR.fields
        for field in fields if small else reversed(fields):
            if at.DESCRIPTOR.name in ("Request", "Response") and field.containing_oneof:
                continue
            if field.message_type is None:
                value = sample(field, small)
                if field.label == field.LABEL_REPEATED:
                    getattr(at, field.name).append(value)
                else:
                    setattr(at, field.name, value)
            elif field.label == field.LABEL_REPEATED:
                work.append(getattr(at, field.name).add())
            else:
                part = getattr(at, field.name)
                part.SetInParent()
                work.append(part)


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def block(tag, data):
    return varint(tag << 3 | 2) + varint(len(data)) + data


def number(tag, value):
    return varint(tag << 3) + varint(value)


def frame(message):
    return struct.pack(">I", len(message)) + message


def nested(tag, depth):
    message = b""
    while len(message) < depth:
        message = block(tag, message)
    return message


def hostile():
    """Name and bytes of everything that is not meant well."""
    user = block(20, block(1, b"Josh"))
    yield "frame_empty", struct.pack(">I", 0)
    yield "frame_half_header", b"\0\0"
    yield "frame_half", struct.pack(">I", 100) + user
    yield "frame_over_limit", struct.pack(">I", 65537) + user
    yield "frame_negative", b"\xff\xff\xff\xff" + user
    yield "http_get", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield "tls_hello", bytes.fromhex("16030100a5010000a10303")
    yield "frames_pipelined", frame(number(1, 1) + user) + frame(number(1, 2) + user)
    yield "field_zero", frame(b"\x81\x00" + user)
    yield "field_unknown", frame(block(20, block(1, b"Josh") + number(99, 1)))
    yield "field_unknown_nested", frame(block(40, block(2, number(99, 1))))
    yield "field_unknown_in_envelope", frame(user + number(9, 1))
    yield "body_unknown", frame(number(1, 5) + block(99, b""))
    yield "body_none", frame(number(1, 5))
    yield "body_twice", frame(user + user)
    yield "body_other_second", frame(user + block(51, number(1, 7)))
    yield "terms_twice", frame(block(40, block(2, number(3, 30)) + block(2, number(4, 1))))
    yield "enum_unknown", frame(block(40, block(2, number(9, 77))))
    yield "enum_negative", frame(block(40, block(2, number(9, 2**64 - 1))))
    yield "enum_set_twice", frame(block(41, block(3, b"\1\2\1")))
    yield "enum_set_unpacked", frame(block(41, number(3, 1) + number(3, 2)))
    yield "owners_packed_and_not", frame(block(30, number(3, 1) + block(3, b"\2\3")))
    yield "owners_many", frame(block(30, block(3, b"\1" * 60000)))
    yield "text_not_utf8", frame(block(20, block(1, b"\xff\xfe")))
    yield "text_overlong", frame(block(20, block(1, b"\xc0\x80")))
    yield "text_surrogate", frame(block(20, block(1, b"\xed\xa0\x80")))
    yield "text_cut", frame(block(20, block(1, b"\xf0\x9f\x8d")))
    yield "text_nul", frame(block(20, block(1, b"Jo\0sh")))
    yield "text_too_long", frame(block(20, block(1, b"x" * 121)))
    yield "varint_over_long", frame(b"\x08" + b"\x80" * 10 + b"\x00" + user)
    yield "varint_65_bits", frame(b"\x08" + b"\xff" * 9 + b"\x02" + user)
    yield "varint_padded", frame(b"\x88\x00\xff\x80\x00" + user)
    yield "length_past_the_end", frame(block(20, b"\x0a\x7fJosh"))
    yield "length_huge", frame(b"\xa2\x01" + varint(2**64 - 1))
    yield "wire_type_wrong", frame(block(20, number(1, 5)))
    yield "wire_type_none", frame(b"\x0f" + user)
    yield "group", frame(b"\x0b\x0c" + user)
    yield "groups_deep", frame(b"\xbb\x06" * 500)
    yield "id_short", frame(block(4, b"12345") + user)
    yield "timeout_too_long", frame(number(2, 3600001) + user)
    yield "timeout_33_bits", frame(number(2, 2**32 + 5) + user)
    yield "nested_unknown", frame(block(43, nested(99, 1000)))
    yield "nested_known", frame(block(40, nested(2, 1000)))
    yield "empty_messages", frame(block(44, b"\x0a\x00" * 1000))
    yield "empty_bodies", frame(b"\xda\x02\x00" * 1000)


def main():
    schema, corpus = sys.argv[1:]
    envelope = load_schema(schema)
    files = dict(hostile())
    for kind in ("Request", "Response"):
        envelope_type = getattr(envelope, kind)
        for body in envelope_type.DESCRIPTOR.oneofs_by_name["body"].fields:
            for name, small in (("large", False), ("small", True)):
                message = envelope_type()
                fill(message, small)
                getattr(message, body.name).SetInParent()
                fill(getattr(message, body.name), small)
                bare = envelope_type(seq=1)
                getattr(bare, body.name).SetInParent()
                stem = "%s_%s" % (kind.lower(), body.name)
                files["%s_%s" % (stem, name)] = frame(message.SerializeToString())
                files[stem + "_bare"] = frame(bare.SerializeToString())
    for name, data in files.items():
        with open(os.path.join(corpus, name), "wb") as out:
            out.write(data)
    print("%d files" % len(files))


if __name__ == "__main__":
    main()
