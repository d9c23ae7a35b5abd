#!/usr/bin/python3
"""The wire never breaks: what was published keeps its number, its type and its name.

usage: test_wire.py SCHEMA_FOLDER WIRE_FILE [--update]

WIRE_FILE has a line for each field and each enum value there ever was. A line that the schema no
longer has is a break, and so is a number that it uses again. New lines are no break, but have to be
added with --update, so that they are kept from then on.
"""

import os
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

TYPES = {number: name[5:].lower() for name, number in
         descriptor_pb2.FieldDescriptorProto.Type.items()}
REPEATED = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED


def read_schema(folder):
    names = sorted(os.listdir(os.path.join(folder, "peakpeeps/v1")))
    protos = ["peakpeeps/v1/" + name for name in names if name.endswith(".proto")]
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I" + folder, "-o" + out.name] + protos, check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(out.read())


def lines_of(schema):
    """One line a field or enum value, the same whatever order the files have."""
    lines = set()
    for file in schema.file:
        for message in file.message_type:
            for field in message.field:
                kind = field.type_name.rsplit(".", 1)[-1] or TYPES[field.type]
                many = "repeated " if field.label == REPEATED else ""
                lines.add(f"{message.name} {field.number} {many}{kind} {field.name}")
        for enum in file.enum_type:
            for value in enum.value:
                lines.add(f"{enum.name} {value.number} = {value.name}")
    return lines


def sort_key(line):
    owner, number, rest = line.split(" ", 2)
    return owner, int(number), rest


def main():
    folder, path = sys.argv[1:3]
    now = lines_of(read_schema(folder))
    if sys.argv[3:] == ["--update"]:
        with open(path, "a+", encoding="utf-8") as file:
            file.seek(0)
            now |= set(file.read().splitlines())
            file.truncate(0)
            file.write("".join(line + "\n" for line in sorted(now, key=sort_key)))
        return 0
    with open(path, encoding="utf-8") as file:
        before = set(file.read().splitlines())
    for line in sorted(before - now, key=sort_key):
        print(f"{path}: the schema broke: it no longer has '{line}'")
    for line in sorted(now - before, key=sort_key):
        print(f"{path}: new: '{line}'. If it is meant, add it with --update")
    return 0 if before == now else 1


if __name__ == "__main__":
    sys.exit(main())
