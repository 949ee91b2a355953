"""What users of other agent engines paste: their snippets, with the names that this one has."""

import json
import subprocess
import sys
from pathlib import Path

from agent import Engine, manifests
from agent.metrics import Metrics
from agent.schema_validator import SchemaValidator


def test_the_hashes_of_the_manifests(config: Path):
    engine = Engine.from_config_dir("config")
    found = json.loads(json.dumps(dict(engine.metadata.manifest_hashes), indent=2))
    assert set(found) >= {"workflow.yaml", "agents.yaml", "tools.yaml", "scheduler.yaml"}
    assert all(len(sha) == 64 for sha in found.values())


def test_the_configuration_loads(config: Path):
    metadata = Engine.from_config_dir(str(config)).metadata
    assert metadata.engine_version and metadata.schema_version and metadata.loaded_at
    assert metadata.environment == "development"


def test_errors_as_a_list(config: Path):
    engine = Engine.from_config_dir("config")
    validator = SchemaValidator()
    assert validator.validate_all(engine) == []
    (config / "agents.yaml").write_text("version: 1\n")
    errors = validator.validate_all(engine)
    assert errors and all("agents.yaml:1: " in error for error in errors)
    assert validator.validate_all("config") == errors


def test_a_health_check(config: Path):
    engine = Engine.from_config_dir("config")
    assert engine.dag.validate()
    assert engine.metadata.manifest_hashes and engine.metadata.engine_version


def test_reloading_when_a_file_has_changed(config: Path):
    engine = Engine.from_config_dir("config")
    assert manifests.hashes("config") == engine.metadata.manifest_hashes
    with (config / "workflow.yaml").open("a") as file:
        file.write("# changed\n")
    assert manifests.hashes("config") != engine.metadata.manifest_hashes


def test_metrics_of_a_run(config: Path):
    engine = Engine.from_config_dir("config")
    collector = Metrics(engine.manifests.metrics)
    engine.observers.append(collector)
    assert engine.run("What is 6 * 7?").output == "6 * 7 = 42."
    registry, prefix = collector.registry, engine.manifests.metrics.prefix
    assert registry.get_sample_value(f"{prefix}_runs_total", {"status": "succeeded"}) == 1
    assert registry.get_sample_value(f"{prefix}_run_seconds_count") == 1


def test_the_package_is_a_command(config: Path):
    for arguments in ["--help"], ["validate"], ["hashes"]:
        command = [sys.executable, "-m", "agent", *arguments]
        assert subprocess.run(command, capture_output=True).returncode == 0
