#!/usr/bin/env python3
"""Checks the rules of style that no compiler checks. Prints file:line: message; exits 1 if any.

usage: tidy.py [ROOT]
"""

import os
import re
import sys

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
TAB_COLUMNS = 8

# A folder may include itself and these, which may be folders or single headers.
MAY_INCLUDE = {
    "base": [],
    "domain/types": ["base"],
    "domain/rules": ["base", "domain/types"],
    "proto": ["base", "domain/types"],
    "storage": ["base", "domain/types", "domain/rules/step.h"],
    "client": ["base", "domain/types", "proto"],
    "server": ["base", "domain/types", "domain/rules", "proto", "storage"],
    # Parts of the server measured one by one; the bench itself is a client.
    "bench/limits": ["base", "bench", "domain/types", "domain/rules", "proto", "storage"],
    "bench": ["base", "domain/types", "proto", "client"],
}

# A foreign header, and the files that may see it.
FOREIGN = [
    (r"\.pb-c\.h$|^protobuf-c/", r"^proto/codec\w*\.[ch]$|^bench/|^tests/"),
    (r"^lmdb\.h$", r"^storage/lmdb\w*\.[ch]$|^bench/(\w+/)?\w*lmdb\w*\.[ch]$|^tests/"),
    (r"^uv\.h$", r"^server/|^client/uv/|^client/include/peakpeeps/uv\.h$|^bench/|^tests/"),
    (r"^criterion/", r"^tests/"),
]

# Calls that are banned, where, and what to do instead.
BANNED = [
    (r"strcpy|strcat|sprintf|vsprintf|gets|strtok", r"", "use a bounded function"),
    (r"atoi|atol|atoll|atof", r"", "use a parser that tells errors"),
    (r"alloca", r"", "use an arena"),
    (r"system|popen", r"", "use posix_spawn"),
    (r"rand|srand|random|srandom", r"", "draw from libsodium, or seed a generator of your own"),
    (r"setjmp|longjmp", r"", "use one exit and goto"),
    (r"assert", r"", "use ASSERT, which stays on"),
    (r"signal|sigaction|sigprocmask", r"^client/(?!cli)", "a library leaves signals alone"),
    (r"exit|abort|_exit", r"^(domain|proto|storage)/", "return an error, or ASSERT"),
    (r"malloc|calloc|realloc|strdup|strndup|asprintf", r"^(domain|proto)/", "use the arena"),
    (r"malloc|calloc|realloc|strdup|strndup|asprintf|free",
     r"^server/dispatch\w*\.c$", "no malloc between frame and reply: use the pool"),
    (r"time|gettimeofday|clock_gettime", r"^(domain|proto)/", "time comes as a parameter"),
]

# The only writable variables at file scope: one word each, atomic, with the reason beside them.
WRITABLE = {"base/log.c"}

# What says where or how this was written instead of what it is.
WORKPLACE = [
    (r"/wor" r"k/", "a path of somebody's machine"),
    (r"/tmp/no" r"tes|/home/\w", "a path of somebody's machine"),
    (r"\bses" r"sions?\b", "speaks of the workplace"),
    (r"\bissu" r"e #?\d", "numbers of a tracker mean nothing to a reader"),
]

SKIPPED_FOLDERS = {".git", "var", "node_modules", "__pycache__", "subprojects", "corpus"}
CODE = (".c", ".h")
TEXT = (".c", ".h", ".py", ".js", ".mjs", ".css", ".html", ".proto", ".md", ".build", ".sh",
        ".yaml", ".yml", ".txt")
MEASURED = (".c", ".h", ".py", ".js", ".mjs", ".css", ".proto", ".build", ".sh")


def blank(match):
    """The match with everything but its line ends blanked, so that positions stay."""
    return re.sub(r"[^\n]", " ", match.group(0))


def blank_literal(match):
    text = match.group(0)
    if text.startswith(("/*", "//")):
        return blank(match)
    return text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[-1]


LITERAL = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)


class Checker:
    def __init__(self, root):
        self.root = root
        self.found = []

    def report(self, path, line, message):
        self.found.append((path, line, message))

    def files(self):
        for folder, names, files in os.walk(self.root):
            inside = os.path.relpath(folder, self.root)
            names[:] = sorted(
                n for n in names
                if n not in SKIPPED_FOLDERS and not (inside == "." and n.startswith("build")))
            for name in sorted(files):
                yield os.path.normpath(os.path.join(inside, name))

    def run(self):
        protos = {}
        for path in self.files():
            name = os.path.basename(path)
            if not (name.endswith(TEXT) or path in ("dev", ".ci/run")):
                continue
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                text = file.read()
            self.check_text(path, text)
            if name.endswith(CODE):
                self.check_code(path, text)
            if name.endswith(".proto"):
                protos[path] = text
        self.check_messages(protos)
        return sorted(self.found)

    # ---- any text ----

    def check_text(self, path, text):
        lines = text.split("\n")
        if text.endswith("\n"):
            lines.pop()
        elif text:
            self.report(path, len(lines), "no newline at the end of the file")
        measured = path.endswith(MEASURED) or path in ("dev", ".ci/run")
        if measured and len(lines) > FILE_LINES_MAX:
            self.report(path, FILE_LINES_MAX + 1,
                        f"file of {len(lines)} lines, more than {FILE_LINES_MAX}")
        for number, line in enumerate(lines, 1):
            if measured and len(line.expandtabs(TAB_COLUMNS)) > COLUMNS_MAX:
                self.report(path, number, f"line is longer than {COLUMNS_MAX} columns")
            if line != line.rstrip() and not path.endswith(".md"):
                self.report(path, number, "white space at the end of the line")
            for pattern, why in WORKPLACE:
                if re.search(pattern, line, re.I):
                    self.report(path, number, f"workplace: {why}")

    # ---- C ----

    def check_code(self, path, text):
        if path.endswith(".h") and not text.startswith("/*"):
            self.report(path, 1, "a header's first line says what the module is for")
        self.check_includes(path, text)
        code = LITERAL.sub(blank_literal, text)
        self.check_calls(path, code)
        functions = self.check_functions(path, code)
        if not path.startswith("tests/"):
            self.check_globals(path, DIRECTIVE.sub(blank, code), functions)

    def folder_of(self, path):
        for folder in MAY_INCLUDE:
            if path.startswith(folder + "/"):
                return folder
        return None

    def resolve(self, path, name):
        """The file of the tree that an include names, or None."""
        beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
        installed = [os.path.join(folder, name)
                     for folder in ("base", "domain/types", "client/include")]
        for candidate in [beside, name] + installed:
            if os.path.isfile(os.path.join(self.root, candidate)):
                return candidate
        return None

    def check_includes(self, path, text):
        folder = self.folder_of(path)
        for match in re.finditer(r"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"]", text, re.M):
            line = text.count("\n", 0, match.start()) + 1
            name = match.group(1)
            for header, allowed in FOREIGN:
                if re.search(header, name) and not re.search(allowed, path):
                    self.report(path, line, f"{name} must not be seen here")
            target = self.resolve(path, name)
            if folder is None or target is None:
                continue
            allowed = [folder] + MAY_INCLUDE[folder]
            if not any(target == a or target.startswith(a + "/") for a in allowed):
                self.report(path, line, f"{folder} must not include {target}")

    def check_calls(self, path, code):
        for names, where, instead in BANNED:
            if not re.search(where, path):
                continue
            for match in re.finditer(r"(?<![\w.>])(" + names + r")\s*\(", code):
                line = code.count("\n", 0, match.start()) + 1
                self.report(path, line, f"{match.group(1)}() is banned here: {instead}")

    def check_functions(self, path, code):
        """Checks functions, whose braces are in the first column; returns their lines."""
        lines = code.split("\n")
        functions = []
        start = None
        for number, line in enumerate(lines, 1):
            if line == "{" and start is None:
                start = number
            elif line == "}" and start is not None:
                functions.append((start, number))
                start = None
        for first, last in functions:
            self.check_function(path, lines, first, last)
        return functions

    def check_function(self, path, lines, first, last):
        top = first - 1
        while top > 1 and re.match(r"[\w\t ]", lines[top - 2]) and lines[top - 2].strip():
            if lines[top - 2].rstrip().endswith((";", "}")):
                break
            top -= 1
        if last - top + 1 > FUNCTION_LINES_MAX:
            self.report(path, top,
                        f"function of {last - top + 1} lines, more than {FUNCTION_LINES_MAX}")
        signature = " ".join(lines[top - 1:first - 1])
        name = re.search(r"(\w+)\s*\(", signature)
        for number in range(first, last + 1):
            line = lines[number - 1]
            if re.match(r"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)\b", line):
                self.report(path, number, "a conditional of the preprocessor inside a function")
            if name and re.search(r"(?<![\w.>])" + name.group(1) + r"\s*\(", line):
                self.report(path, number, f"{name.group(1)} calls itself: no recursion")
            if re.match(r"[ \t]+static\b(?!.*\bconst\b)", line) and not path.startswith("tests/"):
                self.report(path, number, "a writable static variable inside a function")

    def check_globals(self, path, code, functions):
        lines = code.split("\n")
        for first, last in functions:
            for number in range(first, last + 1):
                lines[number - 1] = ";" if number == last else ""
        depth = 0
        start = 1
        text = ""
        for number, line in enumerate(lines, 1):
            for char in line + "\n":
                if depth == 0 and not text.strip():
                    start = number
                depth += (char == "{") - (char == "}")
                if char == ";" and depth == 0:
                    self.check_global(path, start, text)
                    text = ""
                elif depth == 0:
                    text += char

    def check_global(self, path, line, text):
        """`text` is one declaration at file scope; what stood in braces is gone."""
        declared = " ".join(text.replace("}", " {} ").split()).split("=")[0].strip()
        if not declared or re.match(r"(extern|typedef|_Static_assert|static_assert)\b", declared):
            return
        declared = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", declared)
        pointer = re.match(r"[^(]*\(\s*\*\s*(const\b)?\s*\w+(\[[^\]]*\])*\s*\)\s*\(", declared)
        if "(" in declared and not pointer:
            return
        if re.fullmatch(r"(struct|union|enum)\b[^{]*(\{\})?", declared) and (
                "{}" in declared or len(declared.split()) == 2):
            return
        if pointer:
            constant = pointer.group(1)
        elif "*" in declared:
            constant = re.search(r"\*\s*const\b", declared)
        else:
            constant = re.search(r"\bconst\b", declared)
        if not constant and path not in WRITABLE:
            self.report(path, line, "a writable variable at file scope")

    # ---- the schema ----

    def check_messages(self, protos):
        """No message may hold itself: protobuf-c decodes by recursion without a limit."""
        holds = {}
        places = {}
        for path, text in protos.items():
            code = re.sub(r"//[^\n]*|/\*.*?\*/", blank, text, flags=re.S)
            stack = []
            for match in re.finditer(
                    r"\b(message|enum|oneof|service)\s+(\w+)\s*\{|(\{)|(\})|"
                    r"(?:repeated\s+)?([\w.]+)\s+\w+\s*=\s*\d+", code):
                if match.group(1):
                    stack.append(match.group(2) if match.group(1) == "message" else None)
                    if stack[-1]:
                        holds[stack[-1]] = set()
                        places[stack[-1]] = (path, code.count("\n", 0, match.start()) + 1)
                elif match.group(3):
                    stack.append(None)
                elif match.group(4):
                    stack.pop()
                else:
                    owners = [name for name in stack if name]
                    if owners:
                        holds[owners[-1]].add(match.group(5).split(".")[-1])
        for name, (path, line) in places.items():
            reached, wanted = set(), [name]
            while wanted:
                for inner in holds.get(wanted.pop(), ()):
                    if inner in holds and inner not in reached:
                        reached.add(inner)
                        wanted.append(inner)
            if name in reached:
                self.report(path, line, f"message {name} holds itself")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    found = Checker(root).run()
    for path, line, message in found:
        print(f"{path}:{line}: {message}")
    if found:
        print(f"tidy: {len(found)} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
