"""Secrets by reference: where they come from, and that errors never tell them."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from forgetting import forgotten  # noqa: F401  # it is a fixture

from agent import Engine, secrets
from agent.errors import ConfigError
from agent.settings import Settings

VALUE = "tell-nobody-7f3a"


def test_a_variable_holds_a_secret_or_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "key").write_text(f"{VALUE}\n")
    (tmp_path / "keys.json").write_text(json.dumps({"main": VALUE}))
    monkeypatch.setenv("OTHER", VALUE)
    for held in VALUE, "env:OTHER", f"file://{tmp_path}/key", f"file://{tmp_path}/keys.json#main":
        monkeypatch.setenv("SOME_API_KEY", held)
        assert secrets.variable("SOME_API_KEY") == VALUE
    assert secrets.variable("NOT_SET") == ""


def test_settings_take_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "bob").write_text(VALUE)
    (tmp_path / "url").write_text("sqlite:///elsewhere.db")
    monkeypatch.setenv("ALICE", "open-sesame")
    monkeypatch.setenv("AGENT_API_KEYS", f"alice:env:ALICE,bob:file://{tmp_path}/bob,carol:plain")
    monkeypatch.setenv("AGENT_STORE_URL", f"file://{tmp_path}/url")
    settings = Settings.load()
    held = {name: secret.get_secret_value() for name, secret in settings.api_keys.items()}
    assert held == {"alice": "open-sesame", "bob": VALUE, "carol": "plain"}
    assert settings.store_url == "sqlite:///elsewhere.db"
    (tmp_path / "all").write_text(f"dave:{VALUE}\n")
    monkeypatch.setenv("AGENT_API_KEYS", f"file://{tmp_path}/all")
    assert Settings.load().api_keys["dave"].get_secret_value() == VALUE


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("file:///no/such/file", "cannot read file:///no/such/file: FileNotFoundError"),
        ("env:NOBODY", "cannot read env:NOBODY: LookupError: NOBODY is not set"),
        ("file://{}/json#other", "LookupError: it has no key other"),
        ("file://{}/empty", "LookupError: it is empty"),
        ("nowhere://x", "nowhere://x: nothing here reads nowhere:// references"),
    ],
)
def test_an_error_says_which_variable_and_reference_but_not_the_value(
    held: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "json").write_text(json.dumps({"main": VALUE}))
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("SOME_API_KEY", held.format(tmp_path))
    with pytest.raises(ConfigError) as caught:
        secrets.variable("SOME_API_KEY")
    assert str(caught.value).startswith("SOME_API_KEY: ") and expected in str(caught.value)
    assert VALUE not in str(caught.value)


def test_a_database_is_no_reference(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AGENT_STORE_URL", "postgresql://agent@db/agent")
    assert Settings.load().store_url == "postgresql://agent@db/agent"


CREDENTIALS = "version: 1.0.0\nproviders:\n  openai:\n    api_key: {}\n"


@pytest.mark.parametrize("held", ["${MY_KEY}", "env:MY_KEY", VALUE])
def test_provider_credentials_stand_in_for_the_environment(
    held: str, config: Path, monkeypatch: pytest.MonkeyPatch
):
    (config / "provider_credentials.yaml").write_text(CREDENTIALS.format(held))
    monkeypatch.setenv("AGENT_MODEL_MODE", "auto")
    monkeypatch.setenv("MY_KEY", VALUE)
    with structlog.testing.capture_logs() as told:
        engine = Engine.from_config_dir(config)
    assert engine.mode == "live" and secrets.variable("OPENAI_API_KEY") == VALUE
    assert "provider_credentials.yaml" not in engine.metadata.manifest_hashes
    assert ("plain_credentials" in str(told)) == (held == VALUE)
    assert VALUE not in str(told)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    assert secrets.variable("OPENAI_API_KEY") == "sk-mine"  # the environment wins


def test_a_variable_that_is_not_set_leaves_the_offline_model(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    (config / "provider_credentials.yaml").write_text(CREDENTIALS.format("${MY_KEY}"))
    monkeypatch.setenv("AGENT_MODEL_MODE", "auto")
    with structlog.testing.capture_logs() as told:
        assert Engine.from_config_dir(config).mode == "offline"
    assert str(told).count("offline_model") == 1


def test_a_misspelt_provider_is_named(config: Path):
    (config / "provider_credentials.yaml").write_text(
        CREDENTIALS.format("${A}").replace("openai", "opnai")
    )
    with pytest.raises(ConfigError, match='unknown provider "opnai", did you mean "openai"'):
        Engine.from_config_dir(config)


def test_nothing_is_imported_that_is_not_used():
    script = "import sys, agent.engine; print(sorted(m.partition('.')[0] for m in sys.modules))"
    told = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert not {"boto3", "google", "azure", "hvac"} & set(ast.literal_eval(told))
