"""What surrounds the API: limits that processes share, pages of others, a store that is away."""

import json
import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from agent.interfaces.http.app import create_app
from agent.interfaces.http.rates import count
from agent.service import Service
from agent.settings import Settings
from agent.stores import open_store, sqlite

ASK = {"input": "hi"}


def policies(config: Path, **given: object) -> None:
    overlay = config / "environments/development.yaml"
    overlay.write_text(json.dumps({"policies": given}))


def test_processes_share_the_rate_limit(config, monkeypatch):
    policies(config, rate_limit="5/day")
    with (
        TestClient(create_app(Service(Settings.load()))) as one,
        TestClient(create_app(Service(Settings.load()))) as two,
    ):
        codes = [c.post("/v1/runs", json=ASK).status_code for c in (one, two) * 3]
    assert codes == [200] * 5 + [429]


async def test_a_window_ends(monkeypatch):
    store, now = open_store("sqlite://"), 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    assert [await count(store, "2/minute", "alice") for _ in range(3)] == [0, 0, 20]
    assert await count(store, "2/minute", "bob") == 0
    now += 20
    assert await count(store, "2/minute", "alice") == 0


@pytest.mark.parametrize("origins", [[], ["https://app.example"]])
def test_pages_of_others_are_let_in_by_name(config, origins: list[str]):
    policies(config, cors_origins=origins)
    with TestClient(create_app(Service(Settings.load()))) as client:
        for origin in "https://app.example", "https://evil.example":
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            asked |= {"Access-Control-Request-Headers": "authorization,content-type"}
            allowed = client.options("/v1/runs", headers=asked)
            answer = client.post("/v1/runs", json={}, headers={"Origin": origin})
            for response in allowed, answer:
                found = response.headers.get("access-control-allow-origin")
                assert found == (origin if origin in origins else None)
                assert "access-control-allow-credentials" not in response.headers
            assert answer.status_code == 422


def test_a_store_that_is_locked_is_a_calm_503(config, monkeypatch):
    monkeypatch.setattr(sqlite, "PATIENCE_S", 0.1)
    with TestClient(create_app(Service(Settings.load()))) as client:
        other = sqlite3.connect("data/agent.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        refused = client.post("/v1/runs", json=ASK)
        assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
        error = {"code": "http_503", "message": "the store does not answer now"}
        assert refused.json() == {"error": error}
        assert client.get("/live").status_code == 200
        other.execute("ROLLBACK")
        other.close()
        assert client.post("/v1/runs", json=ASK).status_code == 200


def test_every_refusal_is_in_the_description(config):
    with TestClient(create_app(Service(Settings.load()))) as client:
        paths = client.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        for operation in operations.values():
            if path.startswith("/v1"):
                assert {"401", "403", "422", "429", "503"} <= set(operation["responses"]), path
    error = paths["/v1/runs"]["post"]["responses"]["422"]["content"]["application/json"]["schema"]
    assert error == {"$ref": "#/components/schemas/Refusal"}
