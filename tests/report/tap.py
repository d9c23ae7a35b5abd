"""A test is a function; what it finds wrong is an AssertionError. Prints TAP."""

import traceback


def equal(found, expected, what=""):
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, not {expected!r}")


def run(tests, *arguments):
    """Runs all; the exit status."""
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    for number, test in enumerate(tests, 1):
        name = test.__name__
        try:
            test(*arguments)
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # whatever it is, the others go on
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            print("\n".join("# " + line for line in traceback.format_exc().splitlines()),
                  flush=True)
    return 1 if failed else 0
