#!/usr/bin/python3
"""Runs every command of the README's tour on a fresh server and compares what it prints.

usage: tour.py README PEAKPEEPSD CLIENT-DIRECTORY [--update]

A command is a line of a fenced block of the section "Five minutes" that begins with "$ "; what
follows, up to the next command or the end of the block, is what it prints. Times, ids and the like
differ from run to run and are compared by their form. With --update the README is rewritten with
what was printed.
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time

SECTION = "## Five minutes"
# What differs from run to run: a form, and what stands for it in a comparison.
FORMS = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\b[0-9A-HJKMNP-TV-Z]{1,13}(-[0-9A-HJKMNP-TV-Z]{4}){3}\b", "CODE"),
    (r"\btook +\d+ms", "took MS"),
    (r"\b\d+(\.\d+)? ?(ms|s)\b", "DURATION"),
]
# Not run: the server is this test's own.
NOT_RUN = ["./dev run"]


class Command:
    """One command, what the README says it prints, and where: lines [first, end)."""

    def __init__(self, text, first):
        self.text = text
        self.first = first
        self.end = first
        self.expected = []


def read_commands(lines):
    """The commands of the tour, in order."""
    commands = []
    inside = fenced = False
    for number, line in enumerate(lines):
        if line.startswith("## "):
            inside = line == SECTION
        if not inside:
            continue
        if line.startswith("```"):
            fenced = not fenced
        elif fenced and line.startswith("$ "):
            commands.append(Command(line[2:], number + 1))
            commands[-1].end = number + 1
        elif fenced and commands:
            commands[-1].expected.append(line)
            commands[-1].end = number + 1
    for command in commands:
        while command.expected and not command.expected[-1]:
            command.expected.pop()
            command.end -= 1
    return commands


def by_form(lines):
    """The lines with what may differ replaced, and blanks of aligned tables told alike."""
    text = "\n".join(line.rstrip() for line in lines)
    for pattern, name in FORMS:
        text = re.sub(pattern, name, text)
    return re.sub(r"  +", "  ", text)


def start_server(server, home):
    """A server on a fresh store; the process and its address."""
    log = open(os.path.join(home, "log"), "w+", encoding="utf-8")
    process = subprocess.Popen(
        [server, "--store", os.path.join(home, "store"), "--listen", "127.0.0.1:0",
         "--unix", "none"],
        stderr=log, stdin=subprocess.DEVNULL)
    while process.poll() is None:
        log.seek(0)
        found = re.search(r"msg=listening.* port=(\d+)", log.read())
        if found:
            return process, "127.0.0.1:" + found.group(1)
        time.sleep(0.02)
    log.seek(0)
    sys.exit("the server did not start:\n" + log.read())


def read_all(terminal):
    """Everything written to the other end of a pseudo terminal, until it is closed."""
    chunks = []
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # EIO: nobody has the other end any more
            chunk = b""
        if not chunk:
            return b"".join(chunks).decode()
        chunks.append(chunk)


def as_seen(line):
    """A line as it stands on a terminal in the end: progress is overwritten."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line.rstrip("\r").split("\r")[-1])


def run(command, variables, home):
    """What the command prints on a terminal of 120 columns."""
    terminal, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 120, 0, 0))
    with subprocess.Popen(
            ["sh", "-c", command.text], env=variables, cwd=home, stdin=subprocess.DEVNULL,
            stdout=other, stderr=other) as process:
        os.close(other)
        text = read_all(terminal)
        process.wait(120)
    os.close(terminal)
    lines = [as_seen(line) for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def main():
    readme, server, client = sys.argv[1:4]
    update = sys.argv[4:] == ["--update"]
    with open(readme, encoding="utf-8") as file:
        lines = file.read().split("\n")
    commands = [c for c in read_commands(lines) if c.text not in NOT_RUN]
    if len(commands) < 5:
        sys.exit(f"{readme}: found {len(commands)} commands under \"{SECTION}\"; is the tour gone?")
    n_wrong = 0
    with tempfile.TemporaryDirectory(prefix="peakpeeps-tour-") as home:
        process, address = start_server(os.path.abspath(server), home)
        variables = dict(
            os.environ, PATH=os.path.abspath(client) + ":" + os.environ["PATH"],
            PEAKPEEPS_ADDRESS=address, LC_ALL="C.UTF-8", TERM="xterm", NO_COLOR="1")
        try:
            for command in commands:
                command.printed = run(command, variables, home)
                if by_form(command.printed) == by_form(command.expected):
                    print(f"ok    $ {command.text}")
                    continue
                n_wrong += 1
                print(f"WRONG $ {command.text}\n{readme}:{command.first}: expected")
                print("\n".join("    " + line for line in command.expected))
                print("  printed\n" + "\n".join("    " + line for line in command.printed))
        finally:
            process.terminate()
            status = process.wait(60)
    if update:
        for command in reversed(commands):
            lines[command.first:command.end] = [line.rstrip() for line in command.printed]
        with open(readme, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        print(f"{readme} was rewritten")
        return 0
    if status != 0:
        sys.exit(f"the server ended with status {status}")
    print(f"{len(commands) - n_wrong} of {len(commands)} commands print what the README says")
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
