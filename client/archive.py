#!/usr/bin/env python3
"""Makes the static library that is installed: one object, in which only pp_ names can be seen.

usage: archive.py LD OBJCOPY AR OUT WHOLE.a.. -- NEEDED.a..

All of WHOLE goes in, and of NEEDED what that refers to. The project's own names (arena_alloc,
buffer_free and so on) become local, so that they meet no name of the program that links it.
"""
import os
import subprocess
import sys

linker, objcopy, archiver, out = sys.argv[1:5]
cut = sys.argv.index('--')
whole, needed = sys.argv[5:cut], sys.argv[cut + 1:]
merged = out + '.o'
subprocess.run([linker, '-r', '-o', merged, '--whole-archive', *whole, '--no-whole-archive',
                '--start-group', *needed, '--end-group'], check=True)
subprocess.run([objcopy, '--localize-hidden', merged], check=True)
if os.path.exists(out):
    os.unlink(out)
subprocess.run([archiver, 'rcsD', out, merged], check=True)
os.unlink(merged)
