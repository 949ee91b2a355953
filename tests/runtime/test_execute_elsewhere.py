"""AGENT_EXECUTE=false: the HTTP service queues, and a worker in another process executes."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from agent.interfaces.http.app import create_app
from agent.service import Service
from agent.settings import Settings

ASK = {"input": "What is 6 * 7?"}
ANSWER = "6 * 7 = 42."
APPROVAL = {
    "version": "1.0.0",
    "name": "asks",
    "nodes": [
        {"id": "ask", "kind": "approval", "message": "Send it?"},
        {"id": "sent", "kind": "deterministic", "expr": "'sent: ' ~ input"},
    ],
}


@pytest.fixture
def client(config: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("AGENT_EXECUTE", "false")
    with TestClient(create_app(Service(Settings.load()))) as client:
        yield client


@contextmanager
def worker(**more: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "agent", "worker"]
    process = subprocess.Popen(command, env=os.environ | more, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(done: Callable[[], Any]) -> Any:
    """Poll for at most half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := done():
            return found
        time.sleep(0.02)
    pytest.fail("it never happened")


def test_nothing_runs_until_there_is_a_worker(client: TestClient):
    path = client.post("/v1/runs/async", json=ASK).headers["Location"]
    until(lambda: "\nagent_queue_depth 1.0\n" in client.get("/metrics").text)
    assert client.get(path).json()["status"] == "queued"
    answers: list[Any] = []
    key = {"Idempotency-Key": "once"}

    def ask() -> None:
        answers.append(client.post("/v1/runs", json=ASK, headers=key).json())

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    until(lambda: "\nagent_queue_depth 2.0\n" in client.get("/metrics").text)
    with worker():
        for thread in asking:
            thread.join(30)
        until(lambda: client.get(path).json()["status"] == "succeeded")
    assert [answer["output"] for answer in answers] == [ANSWER, ANSWER]
    assert answers[0]["id"] == answers[1]["id"]
    assert client.get("/health").json()["active_runs"] == 0


def test_a_stream_tells_the_end(client: TestClient):
    with worker():
        text = client.post("/v1/runs/stream", json=ASK).text
    lines = [line for line in text.splitlines() if line.startswith("event")]
    assert lines == ["event: run_finished"] and json.dumps(ANSWER) in text


def test_a_person_decides_here_and_the_worker_goes_on(config: Path, client: TestClient):
    (config / "workflow.yaml").write_text(json.dumps(APPROVAL))
    with worker():
        run = client.post("/v1/runs", json=ASK).json()
        assert run["status"] == "waiting"
        answer = {"ask": {"choice": "approve"}}
        done = client.post(f"/v1/runs/{run['id']}/resume", json=answer)
        assert done.json()["output"] == "sent: What is 6 * 7?"
        assert client.post(f"/v1/runs/{run['id']}/resume", json=answer).status_code == 409


def test_a_queued_run_is_cancelled_for_all(client: TestClient):
    run = client.post("/v1/runs/async", json=ASK).json()["id"]
    assert client.post(f"/v1/runs/{run}/cancel").json()["status"] == "cancelled"
    with worker():
        other = client.post("/v1/runs", json=ASK).json()
    assert other["status"] == "succeeded"
    assert client.get(f"/v1/runs/{run}").json()["status"] == "cancelled"
