"""The chat page, as far as it goes without a browser."""

import re

from fastapi.testclient import TestClient

from agent.interfaces.http.app import create_app
from agent.service import Service
from agent.settings import Settings


def test_the_page_and_all_it_loads_come_from_here(config):
    with TestClient(create_app(Service(Settings.load()))) as client:
        page = client.get("/")
        assert page.headers["content-type"].startswith("text/html")
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert loaded == ["/chat.css", "/chat.js"]
        for answer in page, *map(client.get, loaded):
            assert answer.status_code == 200
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
        assert "/" not in client.get("/openapi.json").json()["paths"]
