"""A real Prometheus, with the files of a project, watches the real service."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.installed import install
from tests.e2e.nginx import free_port
from tests.e2e.project import PATIENCE, serve
from tests.template import projects
from tests.template.test_monitoring import queries


@contextmanager
def prometheus(folder: Path, data: Path) -> Iterator[Callable[..., Any]]:
    """It, as docs/DEPLOYMENT.md starts it, but with less patience; yields how to ask its API."""
    assert shutil.which("prometheus"), "Prometheus is needed: apt install prometheus"
    url = f"127.0.0.1:{free_port()}"
    command = ["prometheus", "--config.file", str(folder / "prometheus.yml")]
    command += [f"--storage.tsdb.path={data}", f"--web.listen-address={url}"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def ask(path: str, **query: str) -> Any:
        full = f"http://{url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(full, timeout=PATIENCE) as response:
            return json.load(response)["data"]

    try:
        yield ask
    finally:
        process.terminate()
        process.wait(PATIENCE)


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if value := found():
                return value
        except urllib.error.URLError:
            pass  # it is still starting
        time.sleep(0.05)
    raise AssertionError("it never happened")


def test_it_sees_the_service_and_when_it_is_gone(tmp_path: Path) -> None:
    given = {"providers": [], "interfaces": ["http"], "targets": ["monitoring"]}
    folder = projects.make(tmp_path / "my-agent", given)
    install(folder)
    config = folder / "monitoring/prometheus.yml"
    config.write_text(config.read_text().replace("15s", "1s"))
    with (
        serve([".venv/bin/agent", "serve"], folder) as server,
        prometheus(folder / "monitoring", tmp_path / "data") as ask,
    ):
        place = server.url.removeprefix("http://")
        (folder / "monitoring/targets/machines.yml").write_text(f"- targets: [{place}]\n")
        assert server.ask("What is 6 * 7?")["status"] == "succeeded"

        def value(query: str) -> float:
            found = ask("query", query=query)["result"]
            return float(found[0]["value"][1]) if found else 0

        until(lambda: value('agent_runs_total{service="my-agent", status="succeeded"}') == 1)
        assert value('agent_run_failures_total{code="budget_exceeded"}') == 0
        until(lambda: value("agent_store_seen_timestamp_seconds") > time.time() - 10)
        for query in queries(folder):
            assert ask("query", query=query)["resultType"] == "vector"
        rules = ask("rules")["groups"][0]["rules"]
        until(lambda: {rule["health"] for rule in ask("rules")["groups"][0]["rules"]} == {"ok"})
        assert len(rules) == 9 and not ask("alerts")["alerts"]

        assert server.stop() == 0
        pending = until(lambda: ask("alerts")["alerts"])
        assert [(a["labels"]["alertname"], a["state"]) for a in pending] == [
            ("AgentDown", "pending")
        ]
