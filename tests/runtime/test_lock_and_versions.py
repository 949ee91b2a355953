"""The lock, versions against a git ref, agents in TOML, and agents as tools."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent import lock, versions
from agent.engine import Engine
from agent.errors import ConfigError, ManifestError
from agent.manifests import load
from agent.schema_validator import SchemaValidator
from agent.service import Service
from agent.settings import Settings

HEAD = 'version: "1.0.0"\n'


def problems(config: Path) -> str:
    with pytest.raises(ManifestError) as caught:
        load(config)
    return str(caught.value).replace(f"{config.as_posix()}/", "")


def command(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "agent", *args], capture_output=True, text=True)


def test_the_lock_names_what_changed(config: Path):
    manifests = load(config, "production")
    with pytest.raises(ConfigError, match=r"production needs .*manifest.lock: .* run `agent lock`"):
        lock.require(manifests)
    lock.write(config)
    lock.require(load(config, "production"))
    (config / "policies.yaml").write_text((config / "policies.yaml").read_text() + "# more\n")
    with pytest.raises(ConfigError, match=r"manifest.lock does not fit policies.yaml: "):
        lock.require(load(config, "production"))
    done = command("validate")
    assert done.returncode == 1 and "does not fit policies.yaml" in done.stderr
    lock.require(load(config))  # development goes on
    assert command("lock").returncode == 0 and command("validate").returncode == 0


def git(folder: Path, *args: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *args], check=True, capture_output=True)


def test_versions_must_move(config: Path):
    git(config, "init", "-q")
    git(config, "add", ".")
    git(config, "commit", "-qm", "one")
    versions.check_bumps(config, "HEAD")
    path = config / "policies.yaml"
    text = path.read_text()
    path.write_text(text.replace("20000", "30000"))
    with pytest.raises(ManifestError, match=r"policies.yaml:2: version: HEAD has 1.0.0.*patch"):
        versions.check_bumps(config, "HEAD")
    path.write_text(text.replace("20000", "30000").replace("1.0.0", "1.0.1"))
    versions.check_bumps(config, "HEAD")
    with pytest.raises(ConfigError, match="nowhere"):
        versions.check_bumps(config, "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ({"a": 1}, {"a": 1}, versions.NONE),
        ({"a": 1}, {"a": 2.5}, versions.PATCH),
        ({"a": 1}, {"a": "x"}, versions.MAJOR),
        ({"a": 1}, {}, versions.MAJOR),
        ({}, {"a": 1}, versions.MINOR),
        ({"tools": ["a", "b"]}, {"tools": ["b"]}, versions.MAJOR),
        ({"tools": []}, {"tools": ["b"]}, versions.MINOR),
        ({"nodes": [{"id": "a"}]}, {"nodes": [{"id": "a"}, {"id": "b"}]}, versions.MINOR),
        (
            {"nodes": [{"id": "a"}, {"id": "b"}]},
            {"nodes": [{"id": "b"}, {"id": "a"}]},
            versions.MAJOR,
        ),
        ({"r": [{"when": "x"}]}, {"r": [{"when": "y"}]}, versions.PATCH),
    ],
)
def test_how_much_of_a_change_it_is(old, new, level):
    assert versions.change(old, new) == level


TOML = 'version = "1.0.0"\ninstructions = """\nRhyme.\nx = 1"""\ntools = ["calculator"]\n'


def test_an_agent_in_toml(config: Path):
    (config / "agents").mkdir()
    path = config / "agents/poet.toml"
    path.write_text(TOML + "[settings]\ntemperature = 0.5\n")
    manifests = load(config)
    assert manifests.agents.agents["poet"].settings.temperature == 0.5
    assert "agents/poet.toml" in manifests.hashes
    path.write_text(TOML.replace("calculator", "calc"))
    assert 'agents/poet.toml:5: tools[0]: unknown tool "calc"' in problems(config)
    path.write_text(TOML + "[settings]\nheat = 1\n")
    assert "agents/poet.toml:7: settings.heat: Extra inputs" in problems(config)
    path.write_text(TOML + "x = [\n")
    assert "agents/poet.toml:" in problems(config) and ": toml: " in problems(config)


def test_agents_as_tools_neither_wait_nor_go_round(config: Path):
    tools = (config / "tools.yaml").read_text()
    ask = "  ask_assistant: {kind: agent, agent: assistant, description: Ask.}\n"
    (config / "tools.yaml").write_text(tools + ask)
    load(config)
    (config / "policies.yaml").write_text(HEAD + "approve_tools: [calculator]\n")
    assert 'may not be a tool: its own tool "calculator" needs approval' in problems(config)
    (config / "policies.yaml").write_text(HEAD + "deny_tools: [calculatr]\n")
    assert 'policies.yaml:2: deny_tools[0]: unknown tool "calculatr", did you' in problems(config)
    (config / "policies.yaml").write_text(HEAD)
    agents = (config / "agents.yaml").read_text()
    (config / "agents.yaml").write_text(agents.replace("[calculator", "[ask_assistant, calculator"))
    assert "agents ask each other in a circle: assistant -> assistant" in problems(config)


def test_a_file_named_almost_as_a_manifest_is_reported(config: Path):
    (config / "polices.yaml").write_text(HEAD)
    assert 'unknown manifest "polices", did you mean "policies"' in problems(config)


def test_the_validator_for_scripts(config: Path):
    engine = Engine.from_config_dir(config)
    assert SchemaValidator().validate_all(engine) == [] and engine.dag.validate()
    (config / "policies.yaml").write_text("version: 1\n")
    assert len(SchemaValidator().validate_all(engine)) == 1


@pytest.mark.anyio
async def test_a_running_service_takes_no_unlocked_manifests(config, monkeypatch):
    monkeypatch.setenv("AGENT_MODEL_MODE", "live")
    monkeypatch.setenv("MY_KEY", "sk-4f9a8b7c6d5e")
    model = "{model: 'openai:gpt-5', api_key_env: MY_KEY}"
    (config / "models.yaml").write_text(f"{HEAD}default: m\nmodels: {{m: {model}}}\n")
    with pytest.raises(ConfigError, match=r"production needs .*manifest\.lock"):
        Service(Settings.load(env="production"))
    lock.write(config)
    service = Service(Settings.load(env="production"))
    running, path = service.engine, config / "offline.yaml"
    path.write_text(path.read_text() + "# changed\n")
    await service.watch()
    assert service.engine is running
    assert "manifest.lock does not fit offline.yaml" in (await service.health())["reload_error"]
    lock.write(config)
    await service.watch()
    assert service.engine is not running and (await service.health())["reload_error"] is None
    await service.store.close()
