"""1,000 queued runs, while their process is killed every few seconds: `make test-long`."""

import json
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installed import install
from tests.e2e.project import Server, serve
from tests.template import projects

SERVE = ["sh", "-c", "exec .venv/bin/agent serve 2>> log"]
RUNS, KILL_S, MOST_S = 1000, 4.0, 300.0
TOOL = """
import asyncio

async def note(name: str, text: str) -> str:
    await asyncio.sleep(0.3)
    with open("data/notes", "a") as file:
        file.write(f"{name} {text}\\n")
    return f"done {text}"
"""
NODES = [
    {"id": i, "kind": "deterministic", "call": "agent.tools:note"}
    | {"args": {"name": f"'{i}'", "text": "input"}}
    for i in ("first", "last")
]
MANIFESTS: dict[str, Any] = {
    "workflow": {"version": "1.0.0", "name": "chaos", "nodes": NODES},
    "policies": {"version": "1.0.0", "rate_limit": "1000000/minute"},
}


@pytest.mark.long
def test_no_run_is_lost_and_none_ends_twice(tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "my-agent", {"targets": [], "store": "sqlite"})
    install(folder)
    for name, manifest in MANIFESTS.items():
        (folder / f"config/{name}.yaml").write_text(json.dumps(manifest))
    (folder / "config/environments/development.yaml").write_text("{}")
    with open(folder / "src/agent/tools/__init__.py", "a") as tools:
        tools.write(TOOL)
    ids, kills = _through_the_kills(folder)
    assert kills > 3 and len(ids) == RUNS
    notes = Counter((folder / "data/notes").read_text().split("\n"))
    assert all(notes[f"{name} n{n}"] for name in ("first", "last") for n in range(RUNS))
    repeated = sum(notes.values()) - 1 - 2 * RUNS
    assert repeated <= kills * 32, "only what a kill interrupted is done again"
    ended = Counter(_ended(folder))
    assert set(ended) <= set(ids) and max(ended.values()) == 1, "no run ends twice"
    assert len(ended) >= RUNS - kills, "and a kill hides one line of the log at most"


def _through_the_kills(folder: Path) -> tuple[list[str], int]:
    """Queue all runs, and kill the service until each of them has succeeded."""
    ids, left, kills, started = [], set[str](), 0, time.monotonic()
    while len(ids) < RUNS or left:
        assert time.monotonic() - started < MOST_S, f"{len(left)} runs are left"
        with serve(SERVE, folder, AGENT_LEASE_SECONDS="3", LOG_FORMAT="json") as server:
            while len(ids) < RUNS:
                ids.append(_queue(server, f"n{len(ids)}"))
                left.add(ids[-1])
            until = time.monotonic() + KILL_S
            while left and time.monotonic() < until:
                left = {i for i in left if not _succeeded(server, i)}
        kills += 1
    return ids, kills


def _queue(server: Server, text: str) -> str:
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"input": text}).encode()
    request = urllib.request.Request(f"{server.url}/v1/runs/async", body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        found: dict[str, str] = json.load(response)
        return found["id"]


def _succeeded(server: Server, run_id: str) -> bool:
    found = server.get(f"/v1/runs/{run_id}")
    assert found["status"] in ("queued", "running", "succeeded"), found
    return bool(found["status"] == "succeeded")


def _ended(folder: Path) -> list[str]:
    """The ids of the runs whose end is in the log."""
    lines = [line for line in (folder / "log").read_text().splitlines() if "run_finished" in line]
    return [json.loads(line)["run_id"] for line in lines]
