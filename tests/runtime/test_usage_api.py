"""GET /v1/usage, and the budget of a day over HTTP."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from agent.interfaces.http.app import create_app
from agent.service import Service
from agent.settings import Settings

MODELS = 'version: "1.0.0"\n'
POLICIES = 'version: "1.0.0"\ndaily_budget: {tokens: 1}\n'


@pytest.fixture
def client(config: Path, monkeypatch: pytest.MonkeyPatch):
    (config / "models.yaml").write_text(MODELS)
    (config / "policies.yaml").write_text(POLICIES)
    monkeypatch.setenv("AGENT_API_KEYS", "alice:alices-secret,bob:bobs-secret")
    with TestClient(create_app(Service(Settings.load()))) as client:
        yield client


def test_callers_see_what_they_used_and_no_more_than_the_day_allows(client: TestClient):
    alice, bob = ({"X-API-Key": f"{name}s-secret"} for name in ("alice", "bob"))
    assert client.post("/v1/runs", json={"input": "hi"}, headers=alice).status_code == 200
    refused = client.post("/v1/runs", json={"input": "hi"}, headers=alice)
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "budget_exceeded")
    assert client.get("/v1/usage", headers=bob).json() == []
    [row] = client.get("/v1/usage?days=1", headers=alice).json()
    assert row["user"] == "alice" and (row["runs"], row["requests"]) == (2, 1)
    assert client.get("/v1/usage?days=0", headers=alice).status_code == 422
