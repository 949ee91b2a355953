"""A worker in a process of its own, and the store between it and whoever queues runs."""

import asyncio
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from agent import Engine
from agent.run import Run

AGENT = [sys.executable, "-m", "agent"]


@pytest.fixture
def metrics_port(monkeypatch: pytest.MonkeyPatch, tmp_path) -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    monkeypatch.setenv("AGENT_METRICS_PORT", str(port))
    monkeypatch.setenv("AGENT_EXECUTE", "false")  # which is for the HTTP service
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return port


@pytest.fixture
def worker(config, metrics_port: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([*AGENT, "worker"], stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError):
            if done():
                return
        time.sleep(0.05)
    pytest.fail("it never happened")


def check() -> subprocess.CompletedProcess[str]:
    return subprocess.run([*AGENT, "worker", "--check"], capture_output=True, text=True)


def test_a_worker_takes_what_is_queued_and_stops_when_told(config, settings, metrics_port, worker):
    engine, count = Engine.from_config_dir(config, settings), 3
    for _ in range(count):
        asyncio.run(engine.put(Run(input="hi")))
    until(lambda: asyncio.run(engine.store.count("run", "succeeded")) == count)
    url = f"http://127.0.0.1:{metrics_port}/metrics"
    until(lambda: b"\nagent_queue_depth 0.0\n" in urllib.request.urlopen(url, timeout=10).read())
    second = subprocess.run([*AGENT, "worker"], capture_output=True, text=True)
    assert "error: AGENT_METRICS_PORT: cannot listen on 127.0.0.1 port" in second.stderr
    worker.terminate()
    logs = worker.communicate(timeout=30)[1]
    assert worker.returncode == 0 and '"event": "working"' in logs, logs


def test_the_check_knows_whether_a_worker_works(config, metrics_port, request):
    assert check().returncode == 1 and "no worker has reached its store" in check().stderr
    request.getfixturevalue("worker")
    until(lambda: check().returncode == 0)
