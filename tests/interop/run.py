#!/usr/bin/python3
"""Plays the stories of one language against a peakpeepsd of its own, on a fresh store.

usage: run.py python|node PEAKPEEPSD SCHEMA_FOLDER WORK_FOLDER

Prints TAP. Node needs npm, which puts protobufjs into WORK_FOLDER once; where that cannot be had,
everything is skipped. Another version: change package.json, then
npm install --package-lock-only --omit-lockfile-registry-resolved
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

from npm import Skip, find_node, read

HERE = os.path.dirname(os.path.abspath(__file__))
START_TIMEOUT_S = 20
STOP_TIMEOUT_S = 20


@contextlib.contextmanager
def server(path):
    """Its port. It has to end well, too."""
    with tempfile.TemporaryDirectory(prefix="peakpeeps-interop-") as home:
        log_path = os.path.join(home, "log")
        with open(log_path, "wb") as log:
            process = subprocess.Popen(
                [path, "--store", os.path.join(home, "store"), "--listen", "127.0.0.1:0",
                 "--unix", "none"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield wait_for_port(process, log_path)
            process.send_signal(signal.SIGTERM)
            if process.wait(STOP_TIMEOUT_S) != 0:
                raise RuntimeError(f"the server ended with {process.returncode}")
        except BaseException:
            process.kill()
            process.wait()
            sys.stderr.write(read(log_path))
            raise


def wait_for_port(process, log_path):
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"\bport=([1-9][0-9]*)", read(log_path))
        if found:
            return found.group(1)
        time.sleep(0.01)
    raise RuntimeError("the server does not listen")


def python_command(schema, _work):
    return [sys.executable, "-B", os.path.join(HERE, "test_interop.py")], [schema]


def node_command(schema, work):
    node = find_node(HERE, work)
    return [node, os.path.join(HERE, "test_interop.mjs")], [schema, work]


def main():
    language, path, schema, work = sys.argv[1:]
    prepare = {"python": python_command, "node": node_command}[language]
    try:
        command, arguments = prepare(schema, work)
    except Skip as why:
        print(f"1..0 # SKIP {why}")
        return 0
    with server(path) as port:
        return subprocess.run(command + [port] + arguments, stdin=subprocess.DEVNULL,
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
