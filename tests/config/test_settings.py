#!/usr/bin/python3
"""The settings from the outside.

usage: test_settings.py PEAKPEEPSD PAGE

PAGE is docs/configuration.md, which must be what the server prints.
"""

import difflib
import os
import subprocess
import sys
import tempfile
import unittest

SERVER, PAGE = sys.argv[1:3]


def run(*options):
    return subprocess.run([SERVER, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=20, check=False)


class Settings(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="peakpeeps-settings-")
        self.store = os.path.join(self.folder.name, "store")

    def tearDown(self):
        self.assertFalse(os.path.exists(self.store), "it touched the store")
        self.folder.cleanup()

    def write(self, text):
        path = os.path.join(self.folder.name, "peakpeeps.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_page_is_what_the_server_prints(self):
        printed = run("--print-config=markdown").stdout
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        difference = difflib.unified_diff(page.splitlines(True), printed.splitlines(True),
                                          "docs/configuration.md", "what the server prints")
        self.assertEqual(page, printed,
                         "\n" + "".join(difference) + "Write the page again:\n"
                         "  build/server/peakpeepsd --print-config=markdown "
                         ">docs/configuration.md")

    def test_check_says_ok_and_leaves_the_store_alone(self):
        path = self.write("store:\n  path: %s\nlimits:\n  batch: 9\n" % self.store)
        done = run("--config", path, "--check-config")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "ok\n", ""))

    def test_check_tells_all_that_is_wrong(self):
        path = self.write("store:\n  path: %s\nlimits:\n  batch: 0\n  conections: 1\n" % self.store)
        done = run("--config", path, "--check-config", "--set", "log.level=loud")
        expected = (
            "%s:4:10: limits.batch: 0 is out of range: expected a whole number from 1 to 4096\n"
            "    4 |   batch: 0\n"
            "      |          ^\n"
            '%s:5:3: unknown setting "limits.conections"; did you mean "limits.connections"?\n'
            "    5 |   conections: 1\n"
            "      |   ^~~~~~~~~~\n"
            'command line: log.level: expected debug, info, warn or error, found "loud"\n'
            % (path, path))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", expected))
        # Wrong settings keep it from starting, too.
        self.assertEqual(run("--config", path).returncode, 2)

    def test_what_is_printed_loads_again(self):
        first = run("--store", self.store, "--set", "limits.batch=17", "--unix", "/tmp/a \"b\"",
                    "--set", "limits.idle_timeout=1h30min", "--print-config")
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        for wanted in ("batch: 17\n", "idle_timeout: 90min\n", 'unix: "/tmp/a \\"b\\""\n'):
            self.assertIn(wanted, first.stdout)
        second = run("--config", self.write(first.stdout), "--print-config=yaml")
        self.assertEqual((second.stdout, second.stderr), (first.stdout, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
