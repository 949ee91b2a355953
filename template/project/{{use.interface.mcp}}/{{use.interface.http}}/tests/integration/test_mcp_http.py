"""Who may call /mcp."""

import pytest
from fastapi.testclient import TestClient

from agent.interfaces.http.app import create_app
from agent.service import Service
from agent.settings import Settings

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(
    ("keys", "host", "headers", "status"),
    [
        ("", "localhost", {}, 200),
        ("", "localhost", {"Origin": "http://localhost"}, 200),
        ("", "localhost", {"Origin": "http://evil.example"}, 403),
        ("", "evil.example", {"Origin": "http://evil.example"}, 403),
        ("alice:s3cret", "localhost", {}, 401),
        ("alice:s3cret", "agent.example", {"Authorization": "Bearer s3cret"}, 200),
    ],
)
def test_who_may_call(config, monkeypatch, keys, host, headers, status):
    monkeypatch.setenv("AGENT_API_KEYS", keys)
    app = create_app(Service(Settings.load()))
    with TestClient(app, base_url=f"http://{host}") as client:
        assert client.post("/mcp", json=LIST, headers=ACCEPT | headers).status_code == status
