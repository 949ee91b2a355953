import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from agent.interfaces.http.app import create_app
from agent.run import Run
from agent.service import Service
from agent.settings import Settings

ASK = {"input": "hi"}


@pytest.fixture
def client(config: Path):
    with TestClient(create_app(Service(Settings.load()))) as client:
        yield client


@pytest.fixture
def approval(config: Path) -> None:
    """A workflow that waits for a person."""
    nodes = [{"id": "ask", "kind": "approval", "message": "Send it?"}]
    (config / "workflow.yaml").write_text(
        json.dumps({"version": "1.0.0", "name": "x", "nodes": nodes})
    )


def until(check: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
    return found


def test_a_run_and_where_it_is_kept(client):
    run = client.post("/v1/runs", json=ASK)
    assert run.status_code == 200 and run.json()["status"] == "succeeded"
    assert client.get(f"/v1/runs/{run.json()['id']}").json() == run.json()
    assert 'agent_runs_total{status="succeeded"} 1.0' in client.get("/metrics").text


def test_streaming_ends_with_the_output(client):
    with client.stream("POST", "/v1/runs/stream", json=ASK) as response:
        lines = [line for line in response.iter_lines() if line]
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert events[0] == "run_started" and "token" in events and events[-1] == "run_finished"
    assert json.loads(lines[-1].removeprefix("data: "))["status"] == "succeeded"
    assert client.post("/v1/runs/stream", json={"input": "x" * 30_000}).status_code == 413


def test_a_queued_run(client):
    queued = client.post("/v1/runs/async", json=ASK)
    assert queued.status_code == 202
    until(lambda: client.get(queued.headers["Location"]).json()["status"] == "succeeded")


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/runs/async"])
def test_the_same_key_is_the_same_run(client, path: str):
    key = {"Idempotency-Key": "order-7"}
    first, second = (client.post(path, json=ASK, headers=key).json() for _ in range(2))
    assert first["id"] == second["id"]
    until(lambda: client.get(f"/v1/runs/{first['id']}").json()["status"] == "succeeded")
    assert 'agent_runs_total{status="succeeded"} 1.0' in client.get("/metrics").text
    assert client.post(path, json={"input": "other"}, headers=key).status_code == 422
    assert client.post(path, json=ASK, headers={"Idempotency-Key": "a b"}).status_code == 422
    assert client.post("/v1/runs/stream", json=ASK, headers=key).status_code == 422


def test_resume_and_cancel(approval, client):
    run = client.post("/v1/runs", json=ASK)
    assert run.status_code == 202 and run.json()["waiting"]["ask"]["message"] == "Send it?"
    resume = f"/v1/runs/{run.json()['id']}/resume"
    assert client.post(resume, json={"ask": {"choice": "maybe"}}).status_code == 422
    done = client.post(resume, json={"ask": {"choice": "approve"}})
    assert done.json()["output"]["by"] == "anonymous"
    assert client.post(resume, json={}).status_code == 409
    other = client.post("/v1/runs", json=ASK).json()["id"]
    assert client.post(f"/v1/runs/{other}/cancel").json()["status"] == "cancelled"
    assert client.post(f"/v1/runs/{run.json()['id']}/cancel").status_code == 409


def test_cancelling_a_run_that_is_running(config, client):
    # it would take longer than this test may
    node = {"id": "nap", "kind": "deterministic", "call": "asyncio:sleep", "args": {"delay": "99"}}
    body = {"version": "1.0.0", "name": "slow", "nodes": [node]}
    (config / "workflow.yaml").write_text(json.dumps(body))
    shas = client.get("/health").json()["manifest_hashes"]
    until(lambda: client.get("/health").json()["manifest_hashes"] != shas)
    run = client.post("/v1/runs/async", json=ASK).headers["Location"]
    until(lambda: client.get(run).json()["status"] == "running")
    assert client.post(f"{run}/cancel").json()["status"] == "cancelled"
    assert client.get(run).json()["status"] == "cancelled"


@pytest.mark.parametrize("status", ["queued", "running"])  # the latter has an Idempotency-Key
async def test_a_shutdown_keeps_a_run_that_waits_for_room(config, status):
    service, run = Service(Settings.load()), Run(input="hi", status=status)
    await service.engine.put(run)
    service.gate = asyncio.Semaphore(0)
    caller = asyncio.create_task(service.finish(run))
    await asyncio.sleep(0.1)
    service.put_back()
    assert (await caller).status == "queued"
    kept = await service.get(run.id)
    assert kept and kept.status == "queued"


def test_a_failure_is_told_without_its_text(config, client):
    node = {"id": "sum", "kind": "deterministic", "call": "agent.tools:calculator"}
    body = {"version": "1.0.0", "name": "x", "nodes": [node | {"args": {"expression": "input"}}]}
    (config / "workflow.yaml").write_text(json.dumps(body))
    shas = client.get("/health").json()["manifest_hashes"]
    until(lambda: client.get("/health").json()["manifest_hashes"] != shas)
    run = client.post("/v1/runs", json={"input": "password = 1"})
    error = {"code": "failed", "message": "A step failed.", "node": "sum"}
    assert run.status_code == 500 and run.json()["error"] == error


def test_wrong_manifests_are_refused_and_health_says_why(config, client):
    good = (config / "workflow.yaml").read_text()
    (config / "workflow.yaml").write_text(good.replace("kind", "knid"))
    error = until(lambda: client.get("/health").json()["reload_error"])
    assert "workflow.yaml:" in error
    assert client.post("/v1/runs", json=ASK).status_code == 200
    (config / "workflow.yaml").write_text(good)
    until(lambda: client.get("/health").json()["reload_error"] is None)


def test_keys_and_limits(config, monkeypatch):
    (config / "environments/development.yaml").write_text("policies: {rate_limit: 3/day}\n")
    monkeypatch.setenv("AGENT_API_KEYS", "alice:s3cret,bob:hunter2")
    with TestClient(create_app(Service(Settings.load()))) as client:
        assert client.post("/v1/runs", json=ASK).status_code == 401
        assert client.post("/v1/runs", json=ASK, headers={"X-API-Key": "s"}).status_code == 401
        alice, bob = {"X-API-Key": "s3cret"}, {"Authorization": "Bearer hunter2"}
        run = client.post("/v1/runs", json=ASK, headers=alice).json()
        assert client.get(f"/v1/runs/{run['id']}", headers=bob).status_code == 404
        codes = [client.get(f"/v1/runs/{run['id']}", headers=alice).status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        limited = client.get(f"/v1/runs/{run['id']}", headers=alice)
        assert 1 <= int(limited.headers["Retry-After"]) <= 86_400
        assert client.get("/live").status_code == client.get("/ready").status_code == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {"input": ""}}, 422),
        ({"json": {"input": "hi", "session_id": "../x"}}, 422),
        ({"json": {"input": "x" * 30_000}}, 413),
        ({"content": b"x" * 2_000_000}, 413),
        ({"content": b"{"}, 422),
    ],
)
def test_bad_requests(client, request_: dict[str, Any], status: int):
    response = client.post("/v1/runs", headers={"X-Request-ID": "abc-1"}, **request_)
    assert response.status_code == status and set(response.json()["error"]) == {"code", "message"}
    assert response.headers["X-Request-ID"] == "abc-1"


def test_a_crash_is_a_calm_500(client, monkeypatch):
    async def crash(run_id: str) -> None:
        raise ValueError("the password is swordfish")

    monkeypatch.setattr(client.app.state.service, "get", crash)
    response = client.get("/v1/runs/x", headers={"X-Request-ID": "not valid"})
    request_id = response.headers["X-Request-ID"]
    error = {"code": "http_500", "message": "internal error", "request_id": request_id}
    assert response.status_code == 500 and response.json() == {"error": error}
    assert len(request_id) == 32
