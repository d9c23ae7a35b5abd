#!/usr/bin/env python3
"""Plants one violation of each kind in a small clean tree and sees each of them found."""

import os
import sys
import tempfile

from tidy import Checker

CLEAN = {
    "base/base.h": "/* What libc lacks. */\n#ifndef B\nextern const int base_limit;\n#endif\n",
    "base/peakpeeps/err.h": "/* Errors. */\n",
    "domain/types/peakpeeps/types.h": "/* Things. */\n#include <peakpeeps/err.h>\n",
    "domain/rules/step.h": "/* Steps. */\n#include \"base/base.h\"\n",
    "domain/rules/decide.h": "/* Rules. */\n#include \"domain/rules/step.h\"\n",
    "proto/codec.c": "#include \"peakpeeps/v1/types.pb-c.h\"\n#include \"proto/codec.h\"\n",
    "proto/codec.h": "/* Codec. */\n#include \"peakpeeps/types.h\"\n",
    "storage/store.h": "/* Store. */\n#include \"domain/rules/step.h\"\n",
    "storage/lmdb_store.c": "#include <lmdb.h>\n#include \"storage/store.h\"\n",
    "client/include/peakpeeps/client.h": "/* Client. */\n#include <peakpeeps/types.h>\n",
    "client/uv/link.c": "#include <uv.h>\n#include <peakpeeps/client.h>\n",
    "server/loop.c": """#include <uv.h>
#include "domain/rules/decide.h"
#include "storage/store.h"

static const char *const names[] = { "malloc(", "a\\"b" };
const struct { int n; } limits = { 3 };
static int (*const table[])(int) = { 0 };
struct loop {
	union {
		int a;
	} u;
};
enum { LOOP_MAX = 3 };
int loop_run(struct loop *loop);

/* assert( and sprintf( in a comment are no calls. */
static int step(struct loop *loop)
{
	static const int steps[] = { 1 };
	return loop->step(steps[0]) + snprintf(0, 0, "%s", names[0]) + cr_assert(1);
}
""",
    "proto/peakpeeps/v1/a.proto": """message A {
  oneof has_n {
    int64 n = 1;
  }
  B b = 2; // A a = 3;
  enum Kind {
    KIND_A = 0;
  }
}
message B {
  repeated C c = 1;
}
""",
    "proto/peakpeeps/v1/c.proto": "message C {\n  int64 n = 1;\n}\n",
    "README.md": "# A small tree\n",
}

# path, text to append to or put there, line of the finding, part of its message
BODY = "static int f(int n)\n{\n%s\n}\n"
PLANTED = [
    ("base/bad.c", "#include \"proto/codec.h\"\n", 1, "base must not include proto/codec.h"),
    ("base/bad.c", "#include <peakpeeps/types.h>\n", 1, "base must not include domain/types"),
    ("proto/bad.c", "#include \"domain/rules/step.h\"\n", 1, "proto must not include"),
    ("domain/rules/bad.c", "#include \"proto/codec.h\"\n", 1, "domain/rules must not include"),
    ("domain/rules/bad.c", "\n#include \"storage/store.h\"\n", 2, "domain/rules must not include"),
    ("storage/bad.c", "#include \"domain/rules/decide.h\"\n", 1, "storage must not include"),
    ("storage/bad.c", "#include \"proto/codec.h\"\n", 1, "storage must not include"),
    ("client/bad.c", "#include \"storage/store.h\"\n", 1, "client must not include"),
    ("client/bad.c", "#include \"domain/rules/step.h\"\n", 1, "client must not include"),
    ("server/bad.c", "#include <peakpeeps/client.h>\n", 1, "server must not include"),
    ("bench/bad.c", "#include \"storage/store.h\"\n", 1, "bench must not include"),
    ("proto/frame.c", "#include \"peakpeeps/v1/types.pb-c.h\"\n", 1, "must not be seen here"),
    ("server/bad.c", "#include <lmdb.h>\n", 1, "lmdb.h must not be seen here"),
    ("client/bad.c", "#include <uv.h>\n", 1, "uv.h must not be seen here"),
    ("base/bad.c", "#include <criterion/criterion.h>\n", 1, "must not be seen here"),
    ("base/bad.c", "/* */\n" * 501, 501, "file of 501 lines"),
    ("base/bad.c", BODY % ("\tn++;\n" * 67 + "\treturn n;"), 1, "function of 71 lines"),
    ("base/bad.c", "\tint " + "n" * 92 + "(void);\n", 1, "longer than 100 columns"),
    ("base/bad.c", "int f(void); \n", 1, "white space at the end"),
    ("base/bad.c", "int f(void);", 1, "no newline at the end"),
    ("base/bad.h", "\n/* Late. */\n", 1, "a header's first line"),
    ("base/bad.c", BODY % "\treturn f(n - 1);", 3, "f calls itself"),
    ("base/bad.c", BODY % "#ifdef X\n\tn++;\n#endif", 3, "conditional of the preprocessor"),
    ("base/bad.c", BODY % "\tstatic int calls;", 3, "writable static variable"),
    ("base/bad.c", "/* */\nstatic int n;\n", 2, "writable variable at file scope"),
    ("base/bad.c", "static const char *n = \"\";\n", 1, "writable variable at file scope"),
    ("base/bad.c", "struct x *n = &(struct x){ f(1) };\n", 1, "writable variable at file scope"),
    ("base/bad.c", "struct {\n\tint a;\n} n;\n", 1, "writable variable at file scope"),
    ("base/bad.c", "_Thread_local int n = 3;\n", 1, "writable variable at file scope"),
    ("base/bad.c", "static int (*f)(int);\n", 1, "writable variable at file scope"),
    ("server/bad.c", "/* issu" "e #12 asks */\n", 1, "workplace"),
    ("README.md", "# In /wor" "k/main\n", 1, "workplace"),
    ("README.md", "Made in this ses" "sion.\n", 1, "workplace"),
    ("proto/peakpeeps/v1/c.proto", "message C {\n  repeated A a = 1;\n}\n", 1, "C holds itself"),
    ("proto/peakpeeps/v1/c.proto", "message C {\n  oneof x {\n    C c = 1;\n  }\n}\n", 1,
     "C holds itself"),
    ("client/bad.c", BODY % "\tsignal(SIGPIPE, SIG_IGN);", 3, "signal() is banned"),
    ("domain/rules/bad.c", BODY % "\tp = malloc(n);", 3, "malloc() is banned"),
    ("proto/bad.c", BODY % "\tp = strdup(n);", 3, "strdup() is banned"),
    ("domain/rules/bad.c", BODY % "\tn = time(NULL);", 3, "time() is banned"),
    ("storage/bad.c", BODY % "\texit(1);", 3, "exit() is banned"),
] + [
    ("tests/bad.c", BODY % f"\t{name}(n);", 3, f"{name}() is banned")
    for name in ("strcpy", "strcat", "sprintf", "gets", "atoi", "strtok", "alloca", "system",
                 "rand", "longjmp", "assert")
]


def check(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return Checker(root).run()


def main():
    failed = 0
    found = check(CLEAN)
    for path, line, message in found:
        failed += 1
        print(f"found in a clean tree: {path}:{line}: {message}")
    for path, text, line, part in PLANTED:
        found = check({**CLEAN, path: text})
        if not any(f[0] == path and f[1] == line and part in f[2] for f in found):
            failed += 1
            print(f"not found: {path}:{line}: {part}, but {found}")
        others = [f for f in found if f[0] != path and "holds itself" not in f[2]]
        if others:
            failed += 1
            print(f"found beside {path}:{line}: {others}")
    print(f"tidy's own test: {len(PLANTED)} planted, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
