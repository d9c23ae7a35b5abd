#!/usr/bin/python3
"""Plays all stories against a server, and prints TAP. Started by run.py.

usage: test_interop.py PORT SCHEMA_FOLDER
"""

import inspect
import sys
import traceback

import cases
import errors
import paging
import purchases
import values
from client import load_schema
from world import World


def stories():
    """What each module defines with `world` as its only parameter, in order; values end with an
    audit, so they come last."""
    for module in (cases, purchases, paging, errors, values):
        for function in vars(module).values():
            if inspect.isfunction(function) and list(
                    inspect.signature(function).parameters) == ["world"]:
                yield function


def main():
    port, folder = sys.argv[1:]
    world = World(load_schema(folder), int(port))
    todo = list(stories())
    failed = 0
    print(f"1..{len(todo)}")
    for number, story in enumerate(todo, 1):
        try:
            story(world)
            print(f"ok {number} - {story.__name__}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {story.__name__}", flush=True)
            print(traceback.format_exc(), file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
