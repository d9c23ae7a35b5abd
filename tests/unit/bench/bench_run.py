#!/usr/bin/env python3
"""The bench against a real server: prepares, loads, checks the books, says what it cannot do."""
import json
import re
import subprocess
import sys
import tempfile

SERVER, BENCH = sys.argv[1], sys.argv[2]
SIZES = ['--users', '50', '--businesses', '20', '--coupons', '70']
failures = []


def expect(condition, text):
    if not condition:
        failures.append(text)


def bench(address, *options):
    done = subprocess.run([BENCH, '--address', address, *options], capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def run(address):
    status, _, errors = bench(address, *SIZES, '--requests', '10')
    expect(status == 2 and 'add --prepare' in errors, f'not prepared: {status} {errors}')

    status, output, errors = bench(
        address, *SIZES, '--prepare', '--json', '--connections', '8', '--threads', '2', '--depth',
        '4', '--requests', '4000', '--warmup', '0', '--sample', '200', '--zipf', '--mix',
        'purchase=3,read=2,check=1,list=1,edit=1')
    expect(status == 0, f'the load: {status} {errors} {output}')
    result = json.loads(output)
    books = result['books']
    expect(books['right'] and books['verify'] == 'clean', f'books: {books}')
    # Every one of the 4 000 is a request of some kind, and a kind without any would be odd.
    counts = {kind: row['accepted'] + row['refused'] for kind, row in result['requests'].items()}
    expect(sum(counts.values()) == 4000, f'counts: {counts}')
    expect(set(counts) == {'purchase', 'coupon', 'balance', 'check', 'list', 'edit'} and
           min(counts.values()) > 100, f'kinds: {counts}')
    expect(books['purchases_made'] == result['requests']['purchase']['accepted'],
           f'purchases: {books}')
    expect(books['replayed'] == 200 and books['replayed_otherwise'] == 0, f'replays: {books}')
    expect(set(result['refusals']) <= {'COUPON_VERSION_CONFLICT', 'COUPON_VERSION_EXPIRED'},
           f'refusals: {result["refusals"]}')
    row = result['requests']['purchase']
    expect(0 < row['p50_us'] <= row['p90_us'] <= row['p99_us'] <= row['p99.9_us'] <= row['max_us'],
           f'percentiles: {row}')

    status, output, errors = bench(address, *SIZES, '--duration', '0.3', '--warmup', '0.1',
                                   '--mix', 'retail', '--hot-coupon', '--connections', '4')
    expect(status == 0 and re.search(r'^books +right$', output, re.M), f'table: {output} {errors}')

    status, _, errors = bench(address, '--users', '51', '--requests', '10', '--prepare')
    expect(status == 2 and 'prepared otherwise' in errors, f'other sizes: {status} {errors}')


def main():
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([SERVER, '--store', folder + '/store', '--listen', '127.0.0.1:0'],
                                  stderr=subprocess.PIPE, text=True)
        try:
            port = None
            for line in server.stderr:
                found = re.search(r'msg=listening .*port=(\d+)', line)
                if found:
                    port = found.group(1)
                    break
            if port is None:
                sys.exit('the server did not listen')
            run(f'127.0.0.1:{port}')
        finally:
            server.terminate()
            server.communicate(timeout=30)
        status, _, errors = bench(f'127.0.0.1:{port}', '--requests', '1')
        expect(status == 3 and 'next:' in errors, f'no server: {status} {errors}')
    for failure in failures:
        print(failure)
    sys.exit(1 if failures else 0)


main()
