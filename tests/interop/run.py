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
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
START_TIMEOUT_S = 20
STOP_TIMEOUT_S = 20
INSTALL_TIMEOUT_S = 60


class Skip(Exception):
    """Something that is optional is not here."""


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


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


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
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Skip("node and npm are not installed")
    install(npm, work)
    return [node, os.path.join(HERE, "test_interop.mjs")], [schema, work]


def install(npm, work):
    """What package-lock.json names, once, and again when it changes."""
    done = os.path.join(work, "installed")
    lock = read(os.path.join(HERE, "package-lock.json"))
    if '"resolved"' in lock:
        raise RuntimeError("package-lock.json names a host: run.py tells how to write it")
    if os.path.exists(done) and read(done) == lock:
        return
    os.makedirs(work, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(os.path.join(HERE, name), os.path.join(work, name))
    try:
        ran = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund",
             "--fetch-retries=0", "--fetch-timeout=10000"],
            cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=INSTALL_TIMEOUT_S, check=False, text=True)
    except subprocess.TimeoutExpired as error:
        raise Skip("npm takes too long to get protobufjs") from error
    if ran.returncode != 0:
        found = re.search(r"code (E\w+)", ran.stdout)
        code = found.group(1) if found else f"status {ran.returncode}"
        # Not what was pinned, or files of ours that contradict each other: no reason to look away.
        if code in ("EINTEGRITY", "EUSAGE", "EJSONPARSE"):
            raise RuntimeError("npm refuses to install protobufjs:\n" + ran.stdout)
        raise Skip(f"npm cannot get protobufjs ({code}), is there no network?")
    with open(done, "w", encoding="utf-8") as file:
        file.write(lock)


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
