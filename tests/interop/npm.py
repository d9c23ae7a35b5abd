"""Puts what a package-lock.json names into a folder; what cannot be had is a reason to skip."""

import os
import re
import shutil
import subprocess

INSTALL_TIMEOUT_S = 60


class Skip(Exception):
    """Something that is optional is not here."""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def find_node(source, work):
    """The node to run, once what source/package-lock.json names is in work/node_modules."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Skip("node and npm are not installed")
    install(npm, source, work)
    return node


def install(npm, source, work):
    """Once, and again when the lock changes."""
    done = os.path.join(work, "installed")
    lock = read(os.path.join(source, "package-lock.json"))
    if '"resolved"' in lock:
        raise RuntimeError("package-lock.json names a host: run.py tells how to write it")
    if os.path.exists(done) and read(done) == lock:
        return
    os.makedirs(work, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(os.path.join(source, name), os.path.join(work, name))
    try:
        ran = subprocess.run(
            [npm, "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund",
             "--fetch-retries=0", "--fetch-timeout=10000"],
            cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=INSTALL_TIMEOUT_S, check=False, text=True)
    except subprocess.TimeoutExpired as error:
        raise Skip("npm takes too long to get its packages") from error
    if ran.returncode != 0:
        found = re.search(r"code (E\w+)", ran.stdout)
        code = found.group(1) if found else f"status {ran.returncode}"
        # Not what was pinned, or files of ours that contradict each other: no reason to look away.
        if code in ("EINTEGRITY", "EUSAGE", "EJSONPARSE"):
            raise RuntimeError("npm refuses to install:\n" + ran.stdout)
        raise Skip(f"npm cannot get its packages ({code}), is there no network?")
    with open(done, "w", encoding="utf-8") as file:
        file.write(lock)
