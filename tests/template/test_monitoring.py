"""Alerts and dashboard: promtool takes them, and they fit the service and its runbook."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template import projects

SUFFIXES = {"Gauge": [""], "Counter": ["_total"], "Histogram": ["_bucket", "_count", "_sum"]}
BUILTIN = {"up"}


@pytest.fixture(scope="module", params=["docker", "systemd"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = {"targets": [request.param, "monitoring"]}
    return projects.make(tmp_path_factory.mktemp("monitored") / "my-agent", given)


def promtool(folder: Path, *command: str) -> None:
    """Where it is not installed, as .ci/run does, only the other tests here judge."""
    if tool := shutil.which("promtool"):
        done = subprocess.run([tool, *command], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def alerts(project: Path) -> list[dict[str, Any]]:
    rules = yaml.safe_load((project / "monitoring/rules.yml").read_text())
    return [rule for group in rules["groups"] for rule in group["rules"]]


def dashboard(project: Path) -> Any:
    return json.loads((project / "monitoring/grafana/dashboards/agent.json").read_text())


def queries(project: Path) -> list[str]:
    """Of the dashboard, as Grafana would send them."""
    found = [t["expr"] for panel in dashboard(project)["panels"] for t in panel["targets"]]
    return [e.replace("$__rate_interval", "1m").replace("$service", ".*") for e in found]


def test_prometheus_takes_them(project: Path, tmp_path: Path) -> None:
    promtool(project, "check", "config", "monitoring/prometheus.yml")
    promtool(project, "test", "rules", "monitoring/rules_test.yml")
    asked = [{"record": f"panel:{n}", "expr": expr} for n, expr in enumerate(queries(project))]
    rules = tmp_path / "panels.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": asked}]}))
    promtool(project, "check", "rules", str(rules))


def test_each_alert_is_tested_and_has_a_runbook(project: Path) -> None:
    named = {rule["alert"]: rule for rule in alerts(project)}
    tests = yaml.safe_load((project / "monitoring/rules_test.yml").read_text())["tests"]
    checks = [check for test in tests for check in test["alert_rule_test"]]
    assert {check["alertname"] for check in checks if "exp_alerts" in check} == set(named)
    assert {check["alertname"] for check in checks if "exp_alerts" not in check} == set(named)
    runbook = (project / "docs/OPERATIONS.md").read_text()
    assert re.findall(r"^### (\w+)$", runbook, re.M) == list(named)
    for name, rule in named.items():
        assert rule["annotations"]["runbook"] == f"docs/OPERATIONS.md#{name.lower()}"
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_each_metric_is_one_of_the_service(project: Path) -> None:
    source = (project / "src/agent/metrics.py").read_text()
    known = {
        f"agent_{name}{suffix}"
        for kind, name in re.findall(r'(Gauge|Counter|Histogram)\(\s*"(\w+)"', source)
        for suffix in SUFFIXES[kind]
    }
    asked = [rule["expr"] for rule in alerts(project)] + queries(project)
    used = {name for expr in asked for name in re.findall(r"\b(?:agent_\w+|up\b)", expr)}
    assert used - BUILTIN and not used - BUILTIN - known
    described = (project / "docs/OPERATIONS.md").read_text()
    for name in used - BUILTIN:
        assert re.sub("_(bucket|count|sum)$", "", name) in described


def test_the_dashboard_can_be_imported_anywhere(project: Path) -> None:
    board = dashboard(project)
    assert board["uid"] == "agent" and "id" not in board
    variables = {v["name"]: v for v in board["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    for panel in board["panels"]:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert all('service=~"$service"' in t["expr"] for t in panel["targets"])
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len({*places}) == len(places) == len({p["id"] for p in board["panels"]})


def test_compose_starts_them_on_demand(project: Path) -> None:
    file = project / "docker/compose.yaml"
    if not file.exists():
        assert "dns_sd_configs" not in (project / "monitoring/prometheus.yml").read_text()
        return
    compose = yaml.safe_load(file.read_text())
    for name in "prometheus", "grafana":
        service = compose["services"][name]
        assert service["profiles"] == ["monitoring"]
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (file.parent / source).exists(), volume
    made = subprocess.run(
        ["make", "--dry-run", "monitor"], cwd=project, capture_output=True, text=True, check=True
    )
    assert "--profile monitoring up" in made.stdout
