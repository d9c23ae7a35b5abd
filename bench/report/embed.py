#!/usr/bin/env python3
"""Writes the report's page as C: its style and script put in, cut where the data goes.

usage: embed.py OUT.c PAGE.html STYLE.css.. SCRIPT.js..
"""

import re
import sys

# In this order, the gaps that the program fills.
GAPS = ["@title@", "@result@", "@curves@"]


def quoted(text):
    """As C string literals, one for each line; ? is escaped, for there are trigraphs."""
    lines = []
    for line in text.splitlines(keepends=True):
        out = ""
        for byte in line.encode():
            char = chr(byte)
            if char in '\\"?':
                out += "\\" + char
            elif 32 <= byte < 127:
                out += char
            else:
                out += f"\\{byte:03o}"
        lines.append(f'\t"{out}"')
    return "\n".join(lines)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    out, page, *others = sys.argv[1:]
    script = "\n".join(read(path) for path in others if path.endswith(".js"))
    script = "(() => {\n\"use strict\";\n" + script + "})();"
    style = "\n".join(read(path) for path in others if path.endswith(".css"))
    for text in (script, style):
        if re.search(r"</(script|style)|<!--", text, re.I):
            sys.exit("embed.py: a style or script would end its own element")
    text = read(page).replace("@style@", style.strip()).replace("@script@", script)
    parts = re.split("|".join(GAPS), text)
    if re.findall("|".join(GAPS), text) != GAPS:
        sys.exit("embed.py: the page needs " + ", ".join(GAPS) + ", once and in this order")
    with open(out, "w", encoding="utf-8") as file:
        file.write('/* Written by embed.py. */\n#include "bench/report/page.h"\n\n')
        file.write(f"const char *const report_page_parts[{len(parts)}] = {{\n")
        file.write(",\n\n".join(quoted(part) for part in parts))
        file.write(",\n};\n")


if __name__ == "__main__":
    main()
