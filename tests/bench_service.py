"""The rows of `make bench` about the generated service; bench.py shows them."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.template import projects

SCRIPT = Path(__file__).with_name("bench_cpu.py")
ANSWERS = {"targets": [], "store": "sqlite"}
STARTS = 5
Row = Callable[[str, float, float, float], bool]


def service(scratch: Path, row: Row) -> list[bool]:
    """What a request costs, and how soon the first one is answered."""
    folder = projects.make(scratch / "service" / "my-agent", ANSWERS)
    for name in "policies", "environments/development":
        limits = folder / f"config/{name}.yaml"
        lines = limits.read_text().splitlines()
        limits.write_text("\n".join(_unlimited(line) for line in lines) + "\n")
    run(folder, "make", "install")
    told = run(folder, ".venv/bin/python", str(SCRIPT))
    ms: dict[str, float] = json.loads(told)
    first = min(first_answer(folder) for _ in range(STARTS))
    return [
        row("a request / FastAPI and agent.run", ms["service"] / 1e3, ms["direct"] / 1e3, 1.6),
        row("the first answer after `make run` / 1 s", first, 1.0, 2.0),
    ]


def _unlimited(line: str) -> str:
    head, found, _ = line.partition("rate_limit:")
    return f"{head}rate_limit: 1000000/minute" if found else line


def run(folder: Path, *command: str) -> str:
    env = os.environ | {"AGENT_MODEL_MODE": "offline"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    kept = {"cwd": folder, "env": env, "text": True}
    done = subprocess.run(command, check=True, stdout=-1, stderr=subprocess.DEVNULL, **kept)
    return done.stdout


def first_answer(folder: Path) -> float:
    """Seconds from `make run` to the first answer of an agent."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = os.environ | {"AGENT_PORT": str(port), "AGENT_MODEL_MODE": "offline"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = time.perf_counter()
    make = subprocess.Popen(["make", "run"], cwd=folder, env=env, start_new_session=True, **quiet)
    try:
        while not answers(port):
            assert make.poll() is None and time.perf_counter() - started < 60
            time.sleep(0.01)
        return time.perf_counter() - started
    finally:
        os.killpg(make.pid, 9)
        make.wait()


def answers(port: int) -> bool:
    headers = {"Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}/v1/runs"
    request = urllib.request.Request(url, b'{"input": "hello there"}', headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
