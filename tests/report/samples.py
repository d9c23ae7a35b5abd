#!/usr/bin/env python3
"""Results as docs/bench.md describes them, made up, of every kind that a page has to show.

usage: samples.py FOLDER    writes NAME.json for each of them
"""

import base64
import json
import math
import os
import random
import struct
import sys
import zlib

HALF_BITS = 10
HIGHEST_NS = 3600 * 10**9


def index_of(value):
    """Of HdrHistogram's counts, 3 digits, from 1."""
    shift = max(0, value.bit_length() - HALF_BITS - 1)
    return (shift << HALF_BITS) + (value >> shift)


def number(value):
    """ZigZag LEB128, the ninth byte whole."""
    left = (value << 1) ^ (value >> 63) if value >= 0 else ((-value) << 1) - 1
    out = bytearray()
    while left >= 0x80 and len(out) < 8:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def histogram(values_ns):
    """The base64 text of HdrHistogram's compressed V2 form."""
    counts = {}
    for value in values_ns:
        at = index_of(value)
        counts[at] = counts.get(at, 0) + 1
    payload, after = b"", 0
    for at in sorted(counts):
        zeros = at - after
        payload += number(-zeros) if zeros > 1 else b"\0" * zeros
        payload += number(counts[at])
        after = at + 1
    plain = struct.pack(">iiiiqqd", 0x1C849313, len(payload), 0, 3, 1, HIGHEST_NS, 1.0) + payload
    packed = zlib.compress(plain)
    return base64.b64encode(struct.pack(">ii", 0x1C849314, len(packed)) + packed).decode()


def times(values_us, with_histogram=True):
    if not values_us:
        return {"count": 0}
    values = sorted(values_us)

    def at(share):
        rank = math.ceil(round(share * len(values), 6))
        return round(values[max(0, rank - 1)], 3)
    out = {"count": len(values), "min_us": round(values[0], 3),
           "mean_us": round(sum(values) / len(values), 3)}
    for share in (50, 90, 95, 99, 99.9, 99.99):
        out[f"p{share}_us"] = at(share / 100)
    out["max_us"] = round(values[-1], 3)
    if with_histogram:
        out["histogram"] = histogram([int(value * 1000) for value in values])
    return out


def draws(chance, n, median_us, spread=0.25, stalls=0.003):
    """Log-normal, with a few stalls."""
    out = []
    for _ in range(n):
        value = median_us * math.exp(chance.gauss(0, spread))
        if chance.random() < stalls:
            value *= 3 + 6 * chance.random()
        out.append(value)
    return out


def counted(response, service, seconds, refused=0, with_histogram=True):
    n = len(response)
    return {"completed": n, "accepted": n - refused, "refused": refused,
            "per_second": n / seconds if seconds else 0.0,
            "response": times(response, with_histogram), "service": times(service, with_histogram)}


def frame(**config):
    """What all have in common."""
    settings = {
        "loop": "closed", "mix": "retail", "weights": {"coupon": 60, "balance": 15, "purchase": 25},
        "connections": 64, "depth": 4, "threads": 2, "seed": 7, "warmup_s": 2, "duration_s": 20,
        "users": {"count": 33000, "distribution": "zipf", "theta": 0.99},
        "coupons": {"count": 33000, "distribution": "uniform"}, "businesses": 16500,
        "retry_overloaded": False, "check": True, "sample": 1000}
    settings.update(config)
    return {
        "format": "peakpeeps-bench/1", "started_at": "2026-11-24T15:55:02Z",
        "command": ["peakpeeps-bench", "--mix", settings["mix"], "--depth", "4", "--json"],
        "client": {"version": "0.2.0", "build": "release", "compiler": "gcc 12.2.0"},
        "server": {"address": "127.0.0.1:7337", "version": "0.2.0", "commit_mode": "log",
                   "durability": "sync", "store_id": "0198d7a2-64f1-7c55-9a0b-3f1e2d4c5b6a",
                   "started_at": "2026-11-24T15:54:40Z", "users": 33000, "businesses": 16500,
                   "coupons": 33000},
        "machine": {"cpu_model": "AMD EPYC", "cores": 2, "memory_bytes": 25 * 10**9,
                    "system": "Debian GNU/Linux 12 (bookworm)", "kernel": "Linux 6.1.0",
                    "load_average": 0.6},
        "config": settings,
        "books": {"checked": True, "right": True, "purchases_acknowledged": 21790,
                  "purchases_made": 21790, "replayed": 1000, "replayed_otherwise": 0,
                  "verify": "clean", "verify_findings": 0, "verify_records": 412000,
                  "verify_s": 0.41, "wrong": []}}


def series(chance, n_warm, n, answers, median_us, refused=0.0):
    rows = []
    for second in range(-n_warm, n):
        load = answers * (1 + 0.05 * chance.gauss(0, 1)) * (0.8 if second < 0 else 1)
        stall = 1 + 3 * (second % 7 == 5)
        p50 = median_us * (1 + 0.05 * chance.gauss(0, 1))
        rows.append({
            "from_s": second, "seconds": 1, "warmup": second < 0, "completed": int(load),
            "refused": int(load * refused), "response_p50_us": round(p50, 1),
            "response_p99_us": round(p50 * 2 * stall, 1),
            "response_max_us": round(p50 * 5 * stall, 1), "service_p99_us": round(p50 * 1.9, 1),
            "in_flight": 200 + int(20 * chance.random()), "waiting": int(4 * chance.random()),
            "server_batch": round(60 + 10 * chance.gauss(0, 1), 2),
            "server_queue": int(20 * chance.random())})
        if not rows[-1]["warmup"]:
            del rows[-1]["warmup"]
    return rows


def closed():
    chance = random.Random(1)
    out = frame()
    kinds = {"coupon": draws(chance, 24000, 390), "balance": draws(chance, 6000, 350),
             "purchase": draws(chance, 10000, 1900)}
    everything = [value for values in kinds.values() for value in values]
    out["totals"] = {"seconds": 20.0, "retried": 0, "unanswered": 0,
                     **counted(everything, everything, 20.0, 12)}
    out["requests"] = {name: {"accepted_in_all": len(values) + 500,
                              **counted(values, values, 20.0, 12 if name == "purchase" else 0)}
                       for name, values in kinds.items()}
    out["refusals"] = {"SOLD_OUT": 9, "INSUFFICIENT_COINS": 3}
    out["series"] = series(chance, 2, 20, 2000, 520, 0.001)
    out["verdict"] = {"verdict": "VALID", "achieved_per_second": 2000.0,
                      "reasons": ["closed loop: as many as the server answered",
                                  "the generator took 42 % of a core"],
                      "threads": [{"busy": 0.31, "cpu_s": 6.2}, {"busy": 0.29, "cpu_s": 5.8}],
                      "cpu_us_per_request": 3.9}
    out["assertions"] = [{"text": "p99<20ms", "holds": True, "measured": "4.31 ms"}]
    return out


def opened():
    chance = random.Random(2)
    out = frame(loop="open", rate=8000, arrivals="poisson", mix="purchase",
                weights={"purchase": 1}, threads=1, depth=1, duration_s=60)
    service = draws(chance, 48000, 700, 0.2)
    response = [value + (9000 * chance.random() if chance.random() < 0.02 else 15)
                for value in service]
    counts = counted(response, service, 6.0)
    out["totals"] = {"seconds": 6.0, "retried": 0, "unanswered": 0, "planned": 48012, **counts}
    out["requests"] = {"purchase": {"accepted_in_all": 56000,
                                    **counted(response, service, 6.0, 0, False)}}
    out["refusals"] = {}
    out["series"] = series(chance, 2, 60, 8000, 700)
    for row in out["series"][40:43]:  # a stretch in which the server was not asked
        del row["server_batch"], row["server_queue"]
    out["verdict"] = {"verdict": "VALID", "requested_per_second": 8000,
                      "achieved_per_second": 8001.2,
                      "reasons": ["8 000 per second were asked for, 8 001 were answered"],
                      "lag_p99_us": 80.0, "lag_max_us": 900.0,
                      "threads": [{"busy": 0.31, "cpu_s": 1.9}], "cpu_us_per_request": 3.9}
    return out


def missed():
    out = opened()
    out["verdict"].update(verdict="TARGET_MISSED", achieved_per_second=6100.0, reasons=[
        "8 000 per second were asked for, 6 100 were answered",
        "11 400 of 48 012 planned requests had not been sent at the end"])
    out["assertions"] = [{"text": "p99<5ms", "holds": False, "measured": "9.02 ms"},
                         {"text": "refused<1%", "holds": True, "measured": "0 %"}]
    return out


def refused():
    """A flash sale: nearly all are refused; and the books are not right."""
    chance = random.Random(3)
    out = frame(mix="flash-sale", weights={"purchase": 1}, connections=1000, depth=10,
                coupons={"count": 33000, "distribution": "hot"})
    response = draws(chance, 10000, 60000, 0.5)
    out["totals"] = {"seconds": 0.21, "retried": 0, "unanswered": 0,
                     **counted(response, response, 0.21, 9000)}
    out["requests"] = {"purchase": {"accepted_in_all": 1000,
                                    **counted(response, response, 0.21, 9000, False)}}
    out["refusals"] = {"SOLD_OUT": 8800, "PER_USER_LIMIT_REACHED": 150, "INSUFFICIENT_COINS": 49,
                       "OVERLOADED": 1}
    out["series"] = [{"from_s": 0, "seconds": 0.21, "completed": 10000, "refused": 9000,
                      "response_p50_us": 60000.0, "response_p99_us": 150000.0,
                      "response_max_us": 205000.0, "service_p99_us": 150000.0, "in_flight": 0,
                      "waiting": 0, "server_batch": 910.5, "server_queue": 0}]
    out["verdict"] = {"verdict": "VALID", "reasons": ["closed loop"],
                      "achieved_per_second": 47619.0, "threads": [{"busy": 0.93, "cpu_s": 0.2}],
                      "cpu_us_per_request": 19.0}
    out["flash_sale"] = {"coupon_id": 16500000003, "buyers": 10000, "pieces": 1000, "sold": 1001,
                         "sold_out": 8999, "otherwise": 0, "seconds": 0.21, "right": False}
    out["edit_war"] = {"coupons": [{"coupon_id": 1000001, "version_before": 1, "version_after": 812,
                                    "accepted": 811, "conflicts": 2207}], "right": True}
    out["books"].update(right=False, purchases_made=21791, verify="DAMAGED", verify_findings=2,
                        wrong=["21 791 purchases were made, 21 790 acknowledged",
                               "coupon 16500000003: sold 1001 of 1000"])
    return out


def empty():
    """Nothing was answered while it was measured."""
    out = frame(check=False)
    out["totals"] = {"seconds": 0.0, "retried": 0, "unanswered": 64, **counted([], [], 0)}
    out["requests"] = {"purchase": {"accepted_in_all": 0, **counted([], [], 0)}}
    out.update(refusals={}, series=[], books={"checked": False})
    out["verdict"] = {"verdict": "GENERATOR_SATURATED", "threads": [],
                      "reasons": ["a thread of the generator was busy for 99 % of the time"]}
    return out


def hostile():
    """Texts that want out of their places."""
    out = closed()
    evil = "</script><script>document.title='broken out'</script><!--<b>&amp;\u2028'\""
    out["config"]["mix"] = evil
    out["server"]["version"] = out["machine"]["system"] = out["started_at"] = evil
    out["verdict"]["reasons"] = [evil]
    out["books"]["wrong"] = [evil]
    out["command"] += [evil]
    out["refusals"] = {evil: 3}
    out["requests"][evil] = out["requests"].pop("balance")
    return out


SAMPLES = {"closed": closed, "open": opened, "missed": missed, "refused": refused, "empty": empty,
           "hostile": hostile}


def write_all(folder):
    for name, make in SAMPLES.items():
        with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as file:
            json.dump(make(), file)


if __name__ == "__main__":
    write_all(sys.argv[1])
