#!/usr/bin/env python3
"""Ask a running service many times at once, and say how long its answers took.

    scripts/loadtest.py --requests 500 --workers 16 --max-p95 0.5

Ends with 0, with 1 if a limit was broken, with 2 if it was called wrongly. Every answer but 2xx is
an error, those of `rate_limit` too. It asks this machine only, unless --allow-host names another:
ask only services that are yours, and mind that a real model is paid for each answer. Needs nothing
but Python. LOADTEST_API_KEY holds the key, if one is needed.
"""

import argparse
import http.client
import ipaddress
import json
import math
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

MOST = {"requests": 100_000, "workers": 64, "seconds": 600}  # of what may be asked for
TIMEOUT_S = 30  # for one answer
Sample = tuple[float, str]  # seconds, and the status or what went wrong


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    port = os.environ.get("AGENT_PORT") or os.environ.get("PORT") or 8080
    parser.add_argument("--url", default=f"http://127.0.0.1:{port}")
    parser.add_argument("--input", default="What is 6 * 7?", help="what each run is asked")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--workers", type=int, default=8, help="how many ask at once")
    parser.add_argument("--seconds", type=int, default=60, help="no new request after that")
    parser.add_argument("--max-errors", type=float, default=0.0, help="share, from 0 to 1")
    parser.add_argument("--max-p95", type=float, help="seconds")
    parser.add_argument("--allow-host", default="", help="a host that is not this machine")
    given = parser.parse_args(arguments)
    for name, most in MOST.items():
        if not 1 <= getattr(given, name) <= most:
            parser.error(f"--{name} must be from 1 to {most}")
    host = urlsplit(given.url).hostname
    if urlsplit(given.url).scheme not in ("http", "https") or not host:
        parser.error(f"--url must be such as http://127.0.0.1:8080, not {given.url}")
    if not is_here(host) and host != given.allow_host:
        parser.error(f"{host} is not this machine: if it is yours, add --allow-host {host}")
    return given


def is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ask(given: argparse.Namespace, tickets: Iterator[int], until: float) -> list[Sample]:
    """What one worker saw, on one connection that it opens again when it breaks."""
    url, samples = urlsplit(given.url), list[Sample]()
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.netloc, timeout=TIMEOUT_S)
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("LOADTEST_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    body = json.dumps({"input": given.input})
    while time.monotonic() < until and next(tickets, None) is not None:
        started = time.perf_counter()
        try:
            connection.request("POST", f"{url.path.rstrip('/')}/v1/runs", body, headers)
            response = connection.getresponse()
            response.read()
            what = str(response.status)
        except (OSError, http.client.HTTPException) as e:
            what = type(e).__name__
            connection.close()
        samples.append((time.perf_counter() - started, what))
    connection.close()
    return samples


def tickets(number: int) -> Iterator[int]:
    """One for each request, whichever worker takes it."""
    lock, left = threading.Lock(), iter(range(number))

    def take() -> int | None:
        with lock:
            return next(left, None)

    return iter(take, None)


def percentile(sorted_seconds: list[float], percent: int) -> float:
    return sorted_seconds[math.ceil(len(sorted_seconds) * percent / 100) - 1]


def tell(samples: list[Sample], elapsed: float, given: argparse.Namespace) -> list[str]:
    """Print what was measured. Returns the limits that were broken."""
    seconds = sorted(taken for taken, _ in samples)
    seen = Counter(what for _, what in samples)
    errors = sum(times for what, times in seen.items() if not what.startswith("2"))
    p50, p95, p99 = (percentile(seconds, percent) for percent in (50, 95, 99))
    print(f"requests {len(samples)}  errors {errors}  rps {len(samples) / elapsed:.1f}")
    print(f"p50 {p50:.3f} s  p95 {p95:.3f} s  p99 {p99:.3f} s")
    print("answers", "  ".join(f"{what}: {times}" for what, times in seen.most_common()))
    broken = []
    if errors > given.max_errors * len(samples):
        broken.append(f"{errors} of {len(samples)} answers are errors")
    if given.max_p95 is not None and p95 > given.max_p95:
        broken.append(f"p95 is over {given.max_p95} s")
    return broken


def main(arguments: list[str] | None = None) -> int:
    given = options(arguments)
    started, each = time.monotonic(), tickets(given.requests)
    until = started + given.seconds
    with ThreadPoolExecutor(given.workers) as pool:
        jobs = [pool.submit(ask, given, each, until) for _ in range(given.workers)]
    samples = [sample for job in jobs for sample in job.result()]
    broken = tell(samples, time.monotonic() - started, given)
    print("; ".join(broken) or "ok", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
