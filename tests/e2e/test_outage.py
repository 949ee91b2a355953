"""The service on a real database that goes away and comes back: `make test-long`."""

import json
import time
import urllib.error
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import postgres, redis
from tests.e2e.installed import install
from tests.e2e.project import PATIENCE, serve
from tests.template import projects


@pytest.mark.long
@pytest.mark.parametrize("store", ["postgres", "redis"])
def test_the_service_outlives_its_database(tmp_path: Path, store: str) -> None:
    folder = projects.make(tmp_path / "my-agent", {"store": store})
    install(folder)
    running = {"postgres": postgres.running, "redis": redis.running}[store]
    with running() as database:
        env = {"AGENT_STORE_URL": database.url}
        with serve([".venv/bin/agent", "serve"], folder, **env) as server:
            asked = server.ask("What is 6 * 7?")
            assert asked["output"] == "6 * 7 = 42."
            database.stop()
            _until(lambda: _status(server.get) == 503)
            with pytest.raises(urllib.error.HTTPError) as refused:
                server.ask("What is 6 * 7?")
            with refused.value as told:
                assert (told.code, told.headers["Retry-After"]) == (503, "5")
            assert server.get("/live") == {"status": "alive"}
            database.start()
            _until(lambda: _status(server.get) == 200)
            assert server.get(f"/v1/runs/{asked['id']}") == asked
            assert server.ask("What is 1 + 1?")["output"] == "1 + 1 = 2."
            assert server.stop() == 0
        assert not (folder / "data").exists()


def _status(get: Callable[[str], object]) -> int:
    try:
        get("/ready")
    except urllib.error.HTTPError as e:
        with e:
            json.load(e)
            return e.code
    return 200


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "it never happened"
