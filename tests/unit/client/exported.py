#!/usr/bin/env python3
"""A library, shared or static, exports what its headers declare, and nothing else."""
import re
import subprocess
import sys

library, headers = sys.argv[1], sys.argv[2:]
table = '-D' if '.so' in library else '-g'
listing = subprocess.run(['nm', table, '--defined-only', library], check=True,
                         capture_output=True, text=True).stdout
exported = {line.split()[-1].split('@')[0] for line in listing.splitlines()
            if len(line.split()) == 3 and line.split()[-2] != 'A'}
declared = set()
for header in headers:
    with open(header, encoding='utf-8') as text:
        declared |= set(re.findall(r'^PP_API [^(]*?(pp_\w+)\(', text.read(), re.MULTILINE))

foreign = {name for name in exported if not name.startswith('pp_')}
failures = []
if foreign:
    failures.append('exported without pp_: ' + ' '.join(sorted(foreign)))
if exported - foreign - declared:
    failures.append('exported, in no header: ' + ' '.join(sorted(exported - foreign - declared)))
if declared - exported:
    failures.append('declared, not exported: ' + ' '.join(sorted(declared - exported)))
if len(declared) < 5:
    failures.append(f'only {len(declared)} declarations were found')
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
