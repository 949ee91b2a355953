"""The collector of traces. It cannot be had here, so the schema of its file is ours, and strict: it
knows the part of a configuration that projects use, and a key that is not in it fails."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template import clouds, projects
from tests.template.shapes import NAMES, table

ENV = re.compile(r"\$\{env:(\w+):-([^}]*)\}")
COLLECTOR = table(
    receivers=table(otlp=table(protocols=table(http=table(endpoint={"pattern": r"^[\w.]+:\d+$"})))),
    processors=table(
        memory_limiter=table(check_interval={"pattern": r"^\d+s$"}, limit_mib={"type": "integer"}),
        batch=table(),
    ),
    exporters=table(
        debug=table(verbosity={"enum": ["basic", "normal", "detailed"]}),
        otlphttp=table(
            endpoint={"pattern": "^https?://"}, headers=table(authorization={"type": "string"})
        ),
    ),
    service=table(
        telemetry=table(metrics=table(level={"const": "none"})),
        pipelines=table(traces=table(receivers=NAMES, processors=NAMES, exporters=NAMES)),
    ),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = {"targets": ["docker", "monitoring"], "features": ["tracing"]}
    return projects.make(tmp_path_factory.mktemp("traced") / "my-agent", given)


def collector(project: Path, **env: str) -> Any:
    """Its configuration, where a collector would have put the environment in."""
    text = (project / "monitoring/collector.yml").read_text()
    return yaml.safe_load(ENV.sub(lambda m: env.get(m[1], m[2]), text))


@pytest.mark.parametrize(
    ("env", "exporter"),
    [({}, "debug"), ({"COLLECTOR_EXPORTER": "otlphttp", "COLLECTOR_HOST": "0.0.0.0"}, "otlphttp")],
)
def test_the_collector_has_a_pipeline_of_parts_that_it_knows(
    project: Path, env: dict[str, str], exporter: str
) -> None:
    config = collector(project, **env)
    assert not clouds.check(COLLECTOR, config)
    for pipeline in config["service"]["pipelines"].values():
        for kind, names in pipeline.items():
            assert {*names} <= {*config[kind]}, kind
        assert pipeline["processors"][0] == "memory_limiter", "before anything is kept"
        assert pipeline["exporters"] == [exporter]
    config["service"]["pipelines"]["traces"]["exporter"] = ["debug"]
    assert clouds.check(COLLECTOR, config)


def test_compose_starts_the_collector_with_what_its_file_asks_for(project: Path) -> None:
    compose = yaml.safe_load((project / "docker/compose.yaml").read_text())
    service = compose["services"]["collector"]
    assert service["profiles"] == ["monitoring"] and "ports" not in service
    asked = dict(ENV.findall((project / "monitoring/collector.yml").read_text()))
    assert asked.keys() == service["environment"].keys()
    for name, value in service["environment"].items():
        assert value in ("0.0.0.0", f"${{{name}:-{asked[name]}}}"), name
    documented = (project / "docs/DEPLOYMENT.md").read_text()
    assert all(f"`{name}" in documented for name in asked.keys() - {"COLLECTOR_HOST"})


def test_make_monitor_sends_traces_there(project: Path, tmp_path: Path) -> None:
    """The file that compose reads then, unless `.env`, which it reads after it, says otherwise."""
    tool = tmp_path / "docker"
    tool.write_text('#!/bin/sh\necho "$TRACES_TO"\n')
    tool.chmod(0o755)
    command = ["make", "--silent", f"COMPOSE={tool}"]
    done = subprocess.run([*command, "monitor"], cwd=project, capture_output=True, text=True)
    assert done.stdout == "collector\n", done.stderr
    done = subprocess.run([*command, "up"], cwd=project, capture_output=True, text=True)
    assert done.stdout == "\n", done.stderr
    agent = yaml.safe_load((project / "docker/compose.yaml").read_text())["services"]["agent"]
    files = [one["path"] for one in agent["env_file"]]
    assert files == ["compose.env", "${TRACES_TO:-nowhere}.env", "../${ENV_FILE:-.env}"]
    port = collector(project)["receivers"]["otlp"]["protocols"]["http"]["endpoint"].split(":")[1]
    endpoint = f"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:{port}"
    assert endpoint in (project / "docker/collector.env").read_text().splitlines()


def test_there_is_no_collector_without_traces_or_without_monitoring(tmp_path: Path) -> None:
    for name, given in {
        "untraced": {"targets": ["docker", "monitoring"]},
        "unmonitored": {"targets": ["docker"], "features": ["tracing"]},
    }.items():
        folder = projects.make(tmp_path / name, given)
        found = [p for p in projects.files(folder) if "collector" in p.name]
        assert not found and "collector" not in (folder / "docker/compose.yaml").read_text()
