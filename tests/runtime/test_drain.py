"""What a stop does to the runs in progress, in a real process."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agent import service
from agent.run import Run
from agent.service import Service
from agent.settings import Settings

SLOW = """
import time

def crawl(text: str) -> str:
    time.sleep(float(text))
    return text
"""
WORKFLOW = {
    "version": "1.0.0",
    "name": "slow",
    "nodes": [
        {"id": "slow", "kind": "deterministic", "call": "slow:crawl", "args": {"text": "input"}}
    ],
}


def ask(url: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    data = body and json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.status, json.load(response)


@pytest.fixture
def server(config: Path, tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A service whose only node takes as many seconds as it is told, and drains for one."""
    (tmp_path / "slow.py").write_text(SLOW)
    (config / "workflow.yaml").write_text(json.dumps(WORKFLOW))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    more = {"PYTHONPATH": str(tmp_path), "AGENT_DRAIN_SECONDS": "1", "AGENT_PORT": str(port)}
    command, url = [sys.executable, "-m", "agent", "serve"], f"http://127.0.0.1:{port}"
    process = subprocess.Popen(command, env=os.environ | more, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: ask(f"{url}/ready")[0] == 200)
        yield url, process
    finally:
        process.kill()
        process.communicate()


def until(done: Callable[[], bool]) -> None:
    """Poll for at most half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError):
            if done():
                return
    pytest.fail("it never happened")


def test_a_run_that_outlasts_the_drain_goes_back_to_the_queue(
    server: tuple[str, subprocess.Popen[str]],
) -> None:
    url, process = server
    answers: list[tuple[int, Any]] = []
    asking = threading.Thread(target=lambda: answers.append(ask(f"{url}/v1/runs", {"input": "4"})))
    asking.start()
    until(lambda: ask(f"{url}/health")[1]["active_runs"] == 1)
    process.send_signal(signal.SIGTERM)
    stopped = time.monotonic()
    asking.join(30)
    assert 0.9 < time.monotonic() - stopped < 3, "when the time is over, not later"
    assert (answers[0][0], answers[0][1]["status"]) == (202, "queued")
    logs = process.communicate(timeout=30)[1]
    assert process.returncode == 0 and "Traceback" not in logs, logs


async def test_nobody_takes_a_run_that_is_being_waited_for(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the drain lasts, and though others wait for the lease of a lost process."""
    monkeypatch.setattr(service, "TICK_S", 0.1)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "slow.py").write_text(SLOW)
    (config / "workflow.yaml").write_text(json.dumps(WORKFLOW))
    stopping, other = (Service(Settings.load(lease_seconds=3)) for _ in range(2))

    async def serve() -> None:
        async with stopping.running():
            await stopping.submit(Run(id="id", input="6"))

    serving = asyncio.create_task(serve())
    async with other.running():
        while not serving.done():
            assert not other.active
            await asyncio.sleep(0.05)
        run = await other.get("id")
    assert run and (run.status, run.output) == ("succeeded", "6")
