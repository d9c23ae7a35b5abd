#!/usr/bin/python3
"""Builds the README's C example against an installed tree, shared and static, and runs it.

usage: test_install.py MESON BUILD README GUIDE SANITIZERS COMPILER..

Installs into a temporary root, takes the first C block of the README's section "From C", compiles
it with nothing but pkg-config and what was installed, runs it on a fresh server of that tree, and
compares what it prints with the block that follows. The programs in the guide (docs/client.md) are
built as well.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

SECTION = "## From C"
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# Every installed header, alone and first, in each language that may include it.
LANGUAGES = [("c", "-std=c11"), ("c++", "-std=c++17")]
PORT = re.compile(r"msg=listening.* port=(\d+)")
CODE = re.compile(r"\b[0-9A-Z]+(-[0-9A-Z]{4}){2,}\b")


def run(*command, **options):
    """What a command prints; it must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def read_example(readme):
    """The example, and what the README says it prints."""
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    section = text[text.index(SECTION + "\n"):]
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", section, re.M | re.S)
    source = next(i for i, block in enumerate(blocks) if block[0] == "c")
    shown = blocks[source + 1][1].splitlines()
    return blocks[source][1], [line for line in shown if not line.startswith("$ ")]


class Tree:
    """What `meson install` left in a temporary root."""

    def __init__(self, meson, build, root):
        run(meson, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root)
        pc = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names
              if name == "peakpeeps.pc"]
        if len(pc) != 1:
            sys.exit(f"{len(pc)} files peakpeeps.pc were installed")
        with open(pc[0], encoding="utf-8") as file:
            prefix = re.search(r"^prefix=(.*)$", file.read(), re.M).group(1)
        self.prefix = root + prefix
        self.environment = dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(pc[0]))

    def pkg_config(self, *wanted):
        """Flags, as if the root were the system's."""
        return run("pkg-config", "--define-variable=prefix=" + self.prefix, *wanted,
                   env=self.environment).split()

    def folder(self, name):
        """A variable of peakpeeps.pc."""
        return self.pkg_config("--variable=" + name, "peakpeeps")[0]

    def program(self, name):
        return os.path.join(self.prefix, "bin", name)


class Server:
    """The installed server on a store of its own."""

    def __init__(self, tree, home):
        self.log = os.path.join(home, "log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [tree.program("peakpeepsd"), "--store", os.path.join(home, "store"),
                 "--listen", "127.0.0.1:0", "--unix", "none"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        self.address = "127.0.0.1:" + self.port()

    def port(self):
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            with open(self.log, encoding="utf-8") as log:
                found = PORT.search(log.read())
            if found:
                return found.group(1)
            time.sleep(0.02)
        with open(self.log, encoding="utf-8") as log:
            sys.exit("the server did not start\n" + log.read())

    def stop(self):
        self.process.terminate()
        status = self.process.wait(60)
        if status != 0:
            sys.exit(f"the server ended with {status}")


def prepare(tree, address):
    """What the tour has at hand: users 1 and 2, 100 coins, coupon 1000001."""
    environment = dict(os.environ, PEAKPEEPS_ADDRESS=address)
    for line in (["user", "create", "Alex"], ["user", "create", "Josh"],
                 ["user", "credit", "2", "--amount", "100"],
                 ["business", "create", "Truck", "--address", "Pier 4", "--owner", "1"],
                 ["coupon", "create", "1", "Half off a burger", "--price", "40", "--as", "1"]):
        run(tree.program("peakpeeps"), *line, env=environment)


def buy(program, address, shown, environment):
    """One purchase; its code differs from each other's."""
    lines = run(program, env=dict(environment, PEAKPEEPS_ADDRESS=address)).splitlines()
    if [CODE.sub("CODE", line) for line in lines] != shown:
        sys.exit(f"{program} printed\n  " + "\n  ".join(lines) + "\nand not\n  "
                 + "\n  ".join(shown))


def speaks(compiler, language):
    """Whether the compiler has the other language's front end; gcc without g++ has not."""
    empty = [*compiler, "-x", language, "-fsyntax-only", "/dev/null"]
    return language == "c" or subprocess.run(empty, capture_output=True).returncode == 0


def check_headers(tree, compiler, home):
    folder = os.path.join(tree.folder("includedir"), "peakpeeps")
    names = sorted(os.listdir(folder))
    for name in ("alloc.h", "client.h", "core.h", "err.h", "pool.h", "types.h", "uv.h"):
        if name not in names:
            sys.exit(f"{name} was not installed")
    flags = tree.pkg_config("--cflags", "peakpeeps-uv")
    for language, standard in LANGUAGES:
        if not speaks(compiler, language):
            print(f"{language} is left out: this compiler has no front end for it")
            continue
        for name in names:
            source = os.path.join(home, "alone." + language)
            with open(source, "w", encoding="utf-8") as file:
                file.write(f"#include <peakpeeps/{name}>\n")
            # libuv's own header asks for more than the language's names.
            more = ["-D_GNU_SOURCE"] if name == "uv.h" else []
            run(*compiler, "-x", language, standard, "-Wall", "-Wextra", "-Werror",
                "-fsyntax-only", *more, *flags, source)


def build_programs(tree, guide, compiler, home):
    """Each C block of the guide that is a whole program; they are for libuv."""
    with open(guide, encoding="utf-8") as file:
        blocks = re.findall(r"^```c\n(.*?)^```$", file.read(), re.M | re.S)
    programs = [block for block in blocks if "int main(" in block]
    if not programs:
        sys.exit("there is no program in the guide")
    for program in programs:
        path = os.path.join(home, "program.c")
        with open(path, "w", encoding="utf-8") as file:
            file.write(program)
        run(*compiler, *WARNINGS, "-D_GNU_SOURCE", path,
            *tree.pkg_config("--cflags", "--libs", "peakpeeps-uv"),
            "-o", os.path.join(home, "program"))


def main():
    meson, build, readme, guide, sanitizers = sys.argv[1:6]
    compiler = sys.argv[6:]
    if sanitizers != "none":
        compiler += ["-fsanitize=" + sanitizers]
    source, shown = read_example(readme)
    shown = [CODE.sub("CODE", line) for line in shown]
    with tempfile.TemporaryDirectory() as home:
        tree = Tree(meson, build, os.path.join(home, "root"))
        check_headers(tree, compiler, home)
        build_programs(tree, guide, compiler, home)
        path = os.path.join(home, "buy.c")
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
        shared, static = os.path.join(home, "shared"), os.path.join(home, "static")
        run(*compiler, *WARNINGS, path, *tree.pkg_config("--cflags", "--libs", "peakpeeps"),
            "-o", shared)
        if sanitizers == "none":
            run(*compiler, *WARNINGS, path, "-static",
                *tree.pkg_config("--static", "--cflags", "--libs", "peakpeeps"), "-o", static)
        else:
            print("static linking is left out: sanitizers do not go with -static")
        server = Server(tree, home)
        prepare(tree, server.address)
        buy(shared, server.address, shown,
            dict(os.environ, LD_LIBRARY_PATH=tree.folder("libdir")))
        if sanitizers == "none":
            again = [line.replace(" 60 left", " 20 left") for line in shown]
            buy(static, server.address, again, os.environ)
        server.stop()
    print("the example was built and run against the installed tree")


if __name__ == "__main__":
    main()
