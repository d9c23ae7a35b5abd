#!/usr/bin/python3
"""HdrHistogram's JavaScript library reads our histograms and our interval log. Prints TAP.

usage: run_hdr.py TOOL WORK_FOLDER

npm puts hdr-histogram-js into WORK_FOLDER once; where that cannot be had, all is skipped.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "interop"))

import npm  # noqa: E402
import samples  # noqa: E402


def main():
    tool, work = sys.argv[1:]
    try:
        node = npm.find_node(HERE, work)
    except npm.Skip as why:
        print(f"1..0 # SKIP {why}")
        return 0
    with tempfile.TemporaryDirectory(prefix="peakpeeps-hdr-") as home:
        samples.write_all(home)
        result = os.path.join(home, "closed.json")
        log = os.path.join(home, "closed.hlog")
        histograms = os.path.join(home, "histograms.json")
        subprocess.run([tool, "render", "--hdr", log, result], check=True)
        with open(histograms, "wb") as file:
            subprocess.run([tool, "histograms"], stdout=file, check=True)
        return subprocess.run([node, os.path.join(HERE, "hdr.mjs"), work, histograms, log, result],
                              stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
