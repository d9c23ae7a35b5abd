#!/usr/bin/python3
"""The tables and the log that are made of a result, and what the two commands say. Prints TAP.

usage: test_files.py TOOL
"""

import csv
import json
import os
import subprocess
import sys
import tempfile

import samples
import tap

TOOL = sys.argv[1]


def run(*arguments):
    return subprocess.run([TOOL, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def csv_tells_every_second(home):
    made = samples.SAMPLES["open"]()
    table = rows(os.path.join(home, "open.csv"))
    tap.equal(len(table), len(made["series"]))
    for row, second in zip(table, made["series"]):
        for key, value in second.items():
            tap.equal(float(row[key]), float(value), key)
    tap.equal(table[0]["warmup"], "1")
    tap.equal(table[41]["server_batch"], "", "what was not asked is empty")


def csv_tells_percentiles(home):
    made = samples.SAMPLES["closed"]()
    table = {(row["request"], row["time"]): row
             for row in rows(os.path.join(home, "closed.percentiles.csv"))}
    tap.equal(len(table), 2 * (1 + len(made["requests"])))
    purchase = made["requests"]["purchase"]
    row = table[("purchase", "service")]
    tap.equal(int(row["refused"]), purchase["refused"])
    tap.equal(float(row["p99.9_us"]), purchase["service"]["p99.9_us"])
    tap.equal(float(table[("all", "response")]["max_us"]), made["totals"]["response"]["max_us"])


def csv_quotes(home):
    names = {row["request"] for row in rows(os.path.join(home, "hostile.percentiles.csv"))}
    tap.equal(any("</script>" in name for name in names), True)


def log_prefers_seconds(home):
    made = samples.SAMPLES["closed"]()
    text = samples.histogram([5000, 7000])
    for row in made["series"]:
        row["response_histogram"] = text
    path = os.path.join(home, "seconds.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(made, file)
    out = run("render", "--hdr", "-", path).stdout.splitlines()
    lines = [line for line in out if line[:1].isdigit()]
    tap.equal(len(lines), 20, "untagged: the seconds after the warm-up, and not the whole run")
    tap.equal(lines[3].split(",")[:2], ["3.000", "1.000"])
    tap.equal(lines[3].split(",")[3], text)


def log_tells_the_longest_in_milliseconds(home):
    times = samples.SAMPLES["closed"]()["totals"]["response"]
    with open(os.path.join(home, "closed.hlog"), encoding="utf-8") as file:
        lines = [line.split(",") for line in file if line[:1].isdigit()]
    tap.equal(lines, [["0.000", "20.000", f"{times['max_us'] / 1000:.3f}",
                       times["histogram"] + "\n"]])


def log_of_nothing_has_a_header(home):
    with open(os.path.join(home, "empty.hlog"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    tap.equal([line for line in lines if not line.startswith("#")],
              ['"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'])


def exit_statuses(home):
    at = os.path.join
    slower = samples.SAMPLES["closed"]()
    for counts in [slower["totals"], *slower["requests"].values()]:
        counts["per_second"] *= 0.8
    with open(at(home, "slower.json"), "w", encoding="utf-8") as file:
        json.dump(slower, file)
    with open(at(home, "no.json"), "w", encoding="utf-8") as file:
        file.write("{}")
    closed, opened, slow = at(home, "closed.json"), at(home, "open.json"), at(home, "slower.json")
    rows_ = [
        (["compare", closed, closed], 0), (["compare", slow, closed], 0),
        (["compare", closed, slow], 8), (["compare", "--json", closed, slow], 8),
        (["compare", "--threshold", "25%", closed, slow], 0),
        (["compare", f"{closed},{closed}", f"{slow},{slow},{closed}"], 8),
        (["compare", closed, closed, closed, "vs", slow, closed, closed], 0),
        (["compare", closed, opened], 9), (["compare", "--force", closed, opened], 8),
        (["compare", closed, at(home, "missing.json")], 4),
        (["compare", closed, at(home, "no.json")], 4),
        (["compare", closed], 2), (["compare"], 2), (["compare", closed, "vs"], 2),
        (["compare", "--threshold", "much", closed, closed], 2), (["compare", "--bad"], 2),
        (["compare", "--help"], 0), (["render", "--help"], 0), (["render", closed], 2),
        (["render", "--report", at(home, "no", "page.html"), closed], 4),
        (["render", "--report", at(home, "page.html"), at(home, "no.json")], 4),
        (["render", "--csv", "/dev/full", closed], 4),
    ]
    for arguments, status in rows_:
        ran = run(*arguments)
        tap.equal(ran.returncode, status, " ".join(arguments) + "\n" + ran.stderr)
        tap.equal(ran.stderr != "", status in (2, 4), " ".join(arguments) + "\n" + ran.stderr)


def names_each_difference(home):
    out = run("compare", os.path.join(home, "closed.json"), os.path.join(home, "open.json")).stdout
    for name in ("loop: closed, but open", "rate: not told, but 8000", "mix: retail, but purchase",
                 "depth: 4, but 1", "threads of the generator: 2, but 1"):
        tap.equal(name in out, True, name)


def main():
    with tempfile.TemporaryDirectory(prefix="peakpeeps-files-") as home:
        samples.write_all(home)
        for name in samples.SAMPLES:
            base = os.path.join(home, name)
            ran = run("render", "--csv", base + ".csv", "--hdr", base + ".hlog", base + ".json")
            tap.equal((ran.returncode, ran.stderr), (0, ""))
        return tap.run([csv_tells_every_second, csv_tells_percentiles, csv_quotes,
                        log_prefers_seconds, log_tells_the_longest_in_milliseconds,
                        log_of_nothing_has_a_header, exit_statuses, names_each_difference], home)


if __name__ == "__main__":
    sys.exit(main())
