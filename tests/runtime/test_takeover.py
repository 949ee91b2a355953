"""What becomes of a run whose process is killed: others take it over, on every store."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

SOURCE = str(Path(__file__).parents[2] / "src")
URLS = ["sqlite:///data/agent.db", *filter(None, [os.environ.get("TEST_STORE_URL")])]
STEPS = """
import time
from pathlib import Path

def note(name: str, text: str) -> str:
    with open(f"{text}.notes", "a") as file:
        file.write(f"{name}\\n")
    while name == "slow" and not Path("go").exists():
        time.sleep(0.02)
    return name
"""
ARGS = {"text": "input"}
NODES = [
    {
        "id": name,
        "kind": "deterministic",
        "call": "steps:note",
        "args": ARGS | {"name": f"'{name}'"},
    }
    for name in ("first", "slow", "last")
]
WORKFLOW = {"version": "1.0.0", "name": "steps", "nodes": NODES}


@pytest.fixture(params=URLS, ids=lambda url: url.partition(":")[0])
def steps(request: pytest.FixtureRequest, config: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of services with three steps, of which the second one waits for a file."""
    (tmp_path / "steps.py").write_text(STEPS)
    (config / "workflow.yaml").write_text(json.dumps(WORKFLOW))
    python_path = os.pathsep.join([str(tmp_path), SOURCE])
    more = {"AGENT_STORE_URL": request.param, "AGENT_LEASE_SECONDS": "3"}
    return dict(os.environ) | more | {"PYTHONPATH": python_path}


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "agent", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: ask(f"{url}/ready"))
        yield url, process
    finally:
        process.kill()
        process.wait()


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    data = body and json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def until(done: Callable[[], Any]) -> None:
    """Poll for at most half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError, ConnectionError, FileNotFoundError):
            if done():
                return
        time.sleep(0.02)
    pytest.fail("it never happened")


def test_a_killed_process_loses_no_run_and_repeats_no_checkpoint(steps, tmp_path: Path):
    notes = tmp_path / "it.notes"
    with serving(steps) as (url, process):
        run = ask(f"{url}/v1/runs/async", {"input": "it"})["id"]
        until(lambda: notes.read_text() == "first\nslow\n")
        process.kill()
        process.wait()
    with serving(steps) as (url, _), serving(steps):  # both want it
        assert ask(f"{url}/v1/runs/{run}")["status"] == "running"
        until(lambda: notes.read_text() == "first\nslow\nslow\n")
        (tmp_path / "go").touch()
        until(lambda: ask(f"{url}/v1/runs/{run}")["status"] == "succeeded")
    assert notes.read_text() == "first\nslow\nslow\nlast\n"
