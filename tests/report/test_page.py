#!/usr/bin/python3
"""Opens reports in a headless Chromium and looks at what it made of them. Prints TAP.

usage: test_page.py TOOL

Where there is no Chromium, or it cannot run, all is skipped.
"""

import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile

import samples
import tap

TOOL = sys.argv[1]
BROWSER_TIMEOUT_S = 90
VOID = {"meta", "link", "input", "br", "img", "hr"}
POINTS_MIN = 40


class Element:
    def __init__(self, tag, attributes):
        self.tag = tag
        self.attributes = attributes
        self.children = []

    def all(self, tag, **wanted):
        """Below it, in order, of the tag, with these attributes."""
        found, ahead = [], [self]
        while ahead:
            element = ahead.pop()
            if element.tag == tag and all(
                    element.attributes.get(key.replace("_", "-")) == value
                    for key, value in wanted.items()):
                found.append(element)
            ahead.extend(child for child in reversed(element.children)
                         if isinstance(child, Element))
        return found

    def with_class(self, tag, name):
        return [element for element in self.all(tag)
                if name in element.attributes.get("class", "").split()]

    def text(self):
        return "".join(child if isinstance(child, str) else child.text()
                       for child in self.children)


class Document(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        element = Element(tag, dict(attributes))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        while len(self.open) > 1 and self.open.pop().tag != tag:
            pass

    def handle_data(self, data):
        self.open[-1].children.append(data)


def browse(home, path, *options):
    """The document after its scripts ran, and what they said on the console."""
    ran = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         "--no-first-run", "--disable-extensions", "--disable-background-networking",
         "--user-data-dir=" + os.path.join(home, "profile"), "--enable-logging=stderr", "--v=0",
         "--virtual-time-budget=2000", "--dump-dom", *options, "file://" + path],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BROWSER_TIMEOUT_S,
        check=False)
    said = [line for line in ran.stderr.splitlines() if "CONSOLE" in line]
    return ran.returncode, ran.stdout, said


def page(home, name, *options):
    made = os.path.join(home, name + ".html")
    subprocess.run([TOOL, "render", "--report", made, os.path.join(home, name + ".json")],
                   check=True, stdin=subprocess.DEVNULL)
    status, text, said = browse(home, made, *options)
    tap.equal(status, 0)
    tap.equal(said, [], "the console")
    root = Document(text).root
    tap.equal(root.all("html")[0].attributes.get("data-drawn"), "yes", "drawn to its end")
    tap.equal(len(root.all("script")), 3)
    return root


def by_id(root, tag, name):
    found = root.all(tag, id=name)
    tap.equal(len(found), 1, f"elements {tag} with the id {name}")
    return found[0]


def curves(root, figure):
    """Name and number of points of each line of a chart."""
    lines = by_id(root, "figure", figure).with_class("path", "curve")
    return {line.attributes["data-series"]: len(re.findall("[ML]", line.attributes["d"]))
            for line in lines if "data-series" in line.attributes}


def table(root, label):
    """The rows of a table, as texts."""
    region = root.all("div", aria_label=label)
    tap.equal(len(region), 1, "tables named " + label)
    return [[cell.text() for cell in row.all("th") + row.all("td")]
            for row in region[0].all("tr")]


def expect_described(root):
    for figure in root.all("figure"):
        drawing = [d for d in figure.all("svg") if d.attributes.get("role") == "img"][0]
        tap.equal(len(drawing.all("title")) + len(drawing.all("desc")), 2, "title and desc")
        tap.equal(len(figure.all("table")), 1, "the same as a table")


def shows_a_closed_loop(home):
    made = samples.SAMPLES["closed"]()
    root = page(home, "closed", "--window-size=1280,900")
    tap.equal(by_id(root, "h1", "word").text(), "Valid")
    points = curves(root, "percentiles")
    tap.equal(list(points), ["Response time"], "in a closed loop there is one time")
    tap.equal(points["Response time"] > POINTS_MIN, True, points)
    seconds = len(made["series"])
    tap.equal(curves(root, "throughput"), {"Accepted": seconds, "Refused": seconds})
    tap.equal(curves(root, "latencies"), {"p50": seconds, "p99": seconds, "Slowest": seconds})
    tap.equal(curves(root, "batches"), {"Batch": seconds, "Queue": seconds})
    rows = table(root, "Times of each kind of request")
    tap.equal([row[0] for row in rows], ["Request", "all", "coupon", "balance", "purchase"])
    tap.equal(rows[4][1:3], ["9\u202f988", "12"])
    refusals = by_id(root, "section", "refusals").text()
    tap.equal("SOLD_OUT" in refusals and "INSUFFICIENT_COINS" in refusals, True)
    tap.equal("412\u202f000 records" in by_id(root, "section", "books").text(), True)
    tap.equal("AMD EPYC" in by_id(root, "section", "machine").text(), True)
    tap.equal("data-dark" in root.all("html")[0].attributes, False)
    expect_described(root)


def shows_an_open_loop_in_the_dark(home):
    made = samples.SAMPLES["open"]()
    root = page(home, "open", "--window-size=500,900", "--force-dark-mode")
    tap.equal("data-dark" in root.all("html")[0].attributes, True)
    points = curves(root, "percentiles")
    tap.equal(len(points), 2, "response and service time")
    tap.equal(min(points.values()) > POINTS_MIN, True, points)
    seconds = len(made["series"])
    tap.equal(curves(root, "latencies")["p99 of service time"], seconds)
    tap.equal(curves(root, "batches")["Batch"], seconds - 3, "a gap where nobody asked")
    tap.equal(curves(root, "waiting")["Due, no connection free"], seconds)
    tap.equal("Asked for" in by_id(root, "figure", "throughput").text(), True)
    rows = table(root, "Times of each kind of request")
    tap.equal([row[:2] for row in rows[1:]], [["purchase", "response"], ["purchase", "service"]])
    for drawing in root.all("svg", role="img"):
        wide = float(drawing.attributes["viewbox"].split()[2])
        tap.equal(wide < 480, True, f"drawn {wide} wide on a page of 500")


def says_that_the_target_was_missed(home):
    root = page(home, "missed")
    tap.equal(by_id(root, "h1", "word").text(), "Target missed")
    said = by_id(root, "section", "verdict").text()
    tap.equal("11 400 of 48 012 planned" in said and "1 of 2 assertions hold" in said, True, said)
    tap.equal("p99<5ms: 9.02 ms" in by_id(root, "section", "books").text(), True)


def puts_wrong_books_before_a_verdict(home):
    root = page(home, "refused")
    tap.equal(by_id(root, "h1", "word").text(), "The books and the flash sale are not right")
    refusals = by_id(root, "section", "refusals")
    tap.equal([item.text() for item in refusals.with_class("span", "name")],
              ["SOLD_OUT", "PER_USER_LIMIT_REACHED", "INSUFFICIENT_COINS", "OVERLOADED"])
    books = by_id(root, "section", "books").text()
    tap.equal("1\u202f001 sold" in books and "811 edits accepted" in books, True, books)
    tap.equal(len(table(root, "Each second")), 2, "one second is no line")
    tap.equal(root.all("figure", id="throughput"), [])


def shows_a_run_without_answers(home):
    root = page(home, "empty")
    tap.equal(by_id(root, "h1", "word").text(), "Generator saturated")
    tap.equal(root.all("figure"), [])
    tap.equal("Nothing was answered" in by_id(root, "section", "verdict").text(), True)
    tap.equal("not checked" in by_id(root, "section", "books").text(), True)


def texts_stay_texts(home):
    root = page(home, "hostile")
    evil = samples.SAMPLES["hostile"]()["config"]["mix"]
    title = root.all("title")[0].text()
    tap.equal("broken out" in title and title != "broken out", True, title)
    for section in ("verdict", "run", "refusals", "machine", "books"):
        tap.equal(evil in by_id(root, "section", section).text(), True, section)


TESTS = [shows_a_closed_loop, shows_an_open_loop_in_the_dark, says_that_the_target_was_missed,
         puts_wrong_books_before_a_verdict, shows_a_run_without_answers, texts_stay_texts]

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or \
    shutil.which("google-chrome")


def skip_reason(home):
    if not BROWSER:
        return "no Chromium is installed"
    probe = os.path.join(home, "probe.html")
    with open(probe, "w", encoding="utf-8") as file:
        file.write("<!DOCTYPE html><p id=probe>here</p>")
    try:
        _, text, _ = browse(home, probe)
    except subprocess.TimeoutExpired:
        return "Chromium does not answer here"
    return None if 'id="probe"' in text else "Chromium cannot run here"


def main():
    with tempfile.TemporaryDirectory(prefix="peakpeeps-page-") as home:
        reason = skip_reason(home)
        if reason:
            print(f"1..0 # SKIP {reason}")
            return 0
        samples.write_all(home)
        return tap.run(TESTS, home)


if __name__ == "__main__":
    sys.exit(main())
