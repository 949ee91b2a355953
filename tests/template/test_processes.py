"""Every target runs every process: the service, and the workers where they are chosen."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template import kubernetes, projects
from tests.template.test_contract import NO_PLATFORM

PROCESSES = {"serve", "worker"}
CHECK = ["agent", "worker", "--check"]
GIVEN = projects.FULL | {"interfaces": ["http", "worker"]}
Read = Callable[[Path], set[str]]


def _read(project: Path, name: str) -> Any:
    return yaml.safe_load((project / name).read_text())


def _docker(project: Path) -> set[str]:
    services = _read(project, "docker/compose.yaml")["services"]
    assert services["worker"]["healthcheck"]["test"] == ["CMD", *CHECK]
    return {(one.get("command") or ["serve"])[0] for one in services.values() if "build" in one}


def _kubernetes(project: Path) -> set[str]:
    objects = kubernetes.build(project / "k8s/overlays/production")
    containers = [pod["containers"][0] for pod in kubernetes.pods(objects)]
    return {one["args"][0] for one in containers}


def _systemd(project: Path) -> set[str]:
    units = [path.read_text() for path in project.glob("systemd/*.service")]
    return {c for unit in units for c in re.findall(r"^ExecStart=\S+/agent (\w+)$", unit, re.M)}


def _cloudrun(project: Path) -> set[str]:
    specs = [_read(project, f"cloudrun/{n}.yaml")["spec"] for n in ("service", "worker-pool")]
    containers = [spec["template"]["spec"]["containers"][0] for spec in specs]
    return {one.get("args", ["serve"])[0] for one in containers}


def _fly(project: Path) -> set[str]:
    app = tomllib.loads((project / "fly/fly.toml").read_text())
    assert app["http_service"]["processes"] == app["checks"]["live"]["processes"] == ["app"]
    return {*app["processes"].values()}


def _azure(project: Path) -> set[str]:
    found = [_read(project, f"azure/{name}.yaml") for name in ("containerapp", "worker")]
    containers = [one["properties"]["template"]["containers"][0] for one in found]
    return {one.get("args", ["serve"])[0] for one in containers}


def _heroku(project: Path) -> set[str]:
    script = (project / "scripts/deploy.d/heroku.sh").read_text()
    released = re.findall(r"container:release ([\w ]+) --app", script)[0].split()
    assert re.findall(r'CMD \["(\w+)"\]', script) == ["worker"]
    return {{"web": "serve"}.get(one, one) for one in released}


def _lambda(project: Path) -> set[str]:
    """A function works off the queue itself, and its page says where workers run."""
    assert "- **Workers** run elsewhere" in (project / "docs/DEPLOYMENT.md").read_text()
    return PROCESSES


def _terraform(project: Path) -> set[str]:
    for module in "aws-ecs", "gcp-cloudrun":
        text = (project / "terraform" / module / "worker.tf").read_text()
        assert re.search(r'(?:command|args) += \["worker"\]', text), module
    start = (project / "terraform/aws-ec2/start.sh").read_text()
    assert 'systemctl enable --now "$name" "$name-worker"' in start
    return PROCESSES


READERS: dict[str, Read] = {
    "docker": _docker,
    "kubernetes": _kubernetes,
    "systemd": _systemd,
    "cloudrun": _cloudrun,
    "fly": _fly,
    "azure": _azure,
    "heroku": _heroku,
    "lambda": _lambda,
    "terraform": _terraform,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = projects.make(tmp_path / "my-agent", GIVEN)
    (folder / "config/manifest.lock").touch()  # kustomize reads it
    return folder


def test_every_target_runs_every_process(project: Path) -> None:
    assert {*READERS} | NO_PLATFORM == {*projects.CATALOG["target"]}, "how does the new one do it?"
    assert {target: read(project) for target, read in READERS.items()} == dict.fromkeys(
        READERS, PROCESSES
    )


def test_prometheus_finds_the_workers(project: Path) -> None:
    compose = _read(project, "docker/compose.yaml")["services"]
    job = _read(project, "monitoring/prometheus.yml")["scrape_configs"][0]
    (found,) = job["dns_sd_configs"]
    assert found["names"] == ["agent", "worker"]
    for name in found["names"]:
        variable = "AGENT_PORT" if name == "agent" else "AGENT_METRICS_PORT"
        assert compose[name]["environment"][variable] == found["port"], name
    objects = kubernetes.build(project / "k8s/overlays/production")
    (worker,) = kubernetes.of(objects, "Deployment", "agent-worker")
    about, (container,) = (
        worker["spec"]["template"]["metadata"]["annotations"],
        worker["spec"]["template"]["spec"]["containers"],
    )
    env = {one["name"]: one["value"] for one in container["env"]}
    assert about["prometheus.io/port"] == env["AGENT_METRICS_PORT"] == "8080"
    assert container["ports"][0]["containerPort"] == 8080, "which the network policy lets in"
    assert container["readinessProbe"]["exec"] == {"command": CHECK}
    assert "httpGet" not in container["readinessProbe"] and "livenessProbe" not in container


def test_the_worker_s_unit_is_as_hardened_as_the_service_s(project: Path) -> None:
    service, worker = [
        (project / f"systemd/{name}.service").read_text().splitlines()
        for name in ("my-agent", "my-agent-worker")
    ]
    told = [{line for line in unit if line[:1] != "#"} for unit in (service, worker)]
    assert {line.partition("=")[0] for line in told[0] - told[1]} == {"Description", "ExecStart"}
    assert {line.partition("=")[0] for line in told[1] - told[0]} == {
        "Description", "ExecStart", "Environment",
    }  # fmt: skip
    assert "User=my-agent" in told[0] & told[1], "both write to one folder"


def test_nothing_of_workers_where_there_are_none(tmp_path: Path) -> None:
    folder = projects.make(tmp_path / "my-agent", GIVEN | {"interfaces": ["http"]})
    for path in projects.files(folder):
        if path.parts[-2] in ("deploy.d", "systemd", "fly", "cloudrun", "azure", "aws-ecs"):
            assert not re.search(r"worker", path.read_text()), path
