#!/usr/bin/python3
"""Fills a server by `peakpeeps sample`, interrupted, and over a server that is killed.

usage: sample.py PEAKPEEPSD PEAKPEEPS

First the client is killed in the middle; then it runs again, and the server is killed under it and
started again. What is there in the end is the whole sample, once, and the books balance. A third
run finds everything and makes nothing.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

WHOLE = {
    "users": 33000, "businesses": 16500, "coupons": 33000, "credits": 330000, "purchases": 33000}
PORT_LINE = re.compile(r"msg=listening.* port=(\d+)")


def start(server, home, listen):
    """The server's process and its address."""
    path = os.path.join(home, "log")
    with open(path, "wb") as log:
        process = subprocess.Popen(
            [server, "--store", os.path.join(home, "store"), "--listen", listen, "--unix", "none"],
            stderr=log, stdin=subprocess.DEVNULL)
    while process.poll() is None:
        with open(path, encoding="utf-8") as log:
            found = PORT_LINE.search(log.read())
        if found:
            return process, "127.0.0.1:" + found.group(1)
        time.sleep(0.02)
    with open(path, encoding="utf-8") as log:
        sys.exit("the server did not start:\n" + log.read())


def peakpeeps(client, address, *arguments):
    """A run of the client, begun."""
    return subprocess.Popen(
        [client, *arguments], env=dict(os.environ, PEAKPEEPS_ADDRESS=address),
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)


def revision(client, address):
    """The newest revision of the server."""
    done = peakpeeps(client, address, "server", "info", "--get", "revision")
    text, _ = done.communicate(timeout=60)
    return int(text) if done.returncode == 0 else 0


def wait_for_revision(client, address, wanted, process):
    """Waits until so much was done, or the process ended."""
    while process.poll() is None and revision(client, address) < wanted:
        time.sleep(0.05)
    if process.poll() is not None:
        sys.exit(f"the client ended with status {process.returncode}, before revision {wanted}")


def run_whole(client, address):
    """The answer of a run that must succeed."""
    process = peakpeeps(client, address, "sample", "--json")
    text, _ = process.communicate(timeout=500)
    if process.returncode != 0:
        sys.exit(f"sample ended with status {process.returncode}: {text.decode()}")
    return json.loads(text)


def check(what, holds, seen):
    """Ends the test when it does not hold."""
    if not holds:
        sys.exit(f"WRONG {what}: {seen}")
    print(f"ok    {what}")


def main():
    server, client = (os.path.abspath(path) for path in sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="peakpeeps-sample-") as home:
        process, address = start(server, home, "127.0.0.1:0")
        try:
            first = peakpeeps(client, address, "sample", "--json")
            wait_for_revision(client, address, 60000, first)
            first.send_signal(signal.SIGKILL)
            first.wait()
            second = peakpeeps(client, address, "sample", "--json")
            wait_for_revision(client, address, 200000, second)
            process.kill()
            process.wait()
            process, address = start(server, home, address)
            text, _ = second.communicate(timeout=500)
            check("the second run ends well", second.returncode == 0, text)
            answer = json.loads(text)
            in_all = {noun: answer["made"][noun] + answer["found"][noun] for noun in WHOLE}
            check("all is there, made or found", in_all == WHOLE, in_all)
            check("both: something was found", answer["found"]["users"] == 33000, answer["found"])
            check("the books balance", answer["verify"]["state"] == "CLEAN", answer["verify"])
            check("each change once", revision(client, address) == sum(WHOLE.values()),
                  revision(client, address))
            answer = run_whole(client, address)
            check("a third run makes nothing", sum(answer["made"].values()) == 0, answer["made"])
            check("and finds all", answer["found"] == WHOLE, answer["found"])
        finally:
            process.terminate()
            status = process.wait(60)
        check("the server stops as it should", status == 0, status)


if __name__ == "__main__":
    main()
