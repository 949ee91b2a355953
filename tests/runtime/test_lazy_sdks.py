"""A provider's SDK is imported when a run first asks a model of it, and no sooner."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.engine import Engine
from agent.errors import ConfigError
from agent.providers import sdks
from agent.schemas import ModelDef
from agent.settings import Settings

SDKS = "openai", "anthropic", "google.genai", "mistralai", "groq", "boto3", "botocore"
STARTS = {
    "validate": "from agent.cli import app; app(['validate'], standalone_mode=False)",
    "offline": """
from agent.engine import Engine
run = Engine.from_config_dir("config").run("hi")
assert run.status == "succeeded" and "offline model" in run.output, run
""",
    "live": """
import os
from agent.engine import Engine
os.environ |= {"AGENT_MODEL_MODE": "live", "SOME_API_KEY": "sk-test"}
engine = Engine.from_config_dir("config")
""",
}
FOUND = f"\nimport sys; print([name for name in {SDKS!r} if name in sys.modules])"


def models(config: Path, **given: object) -> None:
    """Two models with a key, the second behind the first, and what else is given."""
    entries = {
        "first": {"model": "openai:gpt", "api_key_env": "SOME_API_KEY"},
        "second": {"model": "anthropic:claude", "api_key_env": "SOME_API_KEY"},
    }
    content = {"version": "1.0.0", "default": "first", "fallback": ["second"], "models": entries}
    (config / "models.yaml").write_text(json.dumps(content | given))
    (config / "offline.yaml").write_text('version: "1.0.0"\n')


@pytest.mark.parametrize("start", STARTS)
def test_what_asks_no_live_model_imports_no_sdk(config: Path, start: str):
    models(config)
    source = Path(sys.modules["agent"].__file__ or "").parents[1]
    environment = os.environ | {"PYTHONPATH": str(source)}
    command = [sys.executable, "-c", STARTS[start] + FOUND]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"model": "openai:gpt", "api_key_env": "NO_KEY"}, "AGENT_MODEL_MODE=live needs a model"),
        ({"model": "opnai:gpt", "api_key_env": "SOME_API_KEY"}, "the model first cannot be used: "),
        ({"model": "cohere:c", "api_key_env": "SOME_API_KEY"}, "pyproject.toml needs pydantic-ai"),
        ({"model": "openai:gpt"}, "the model first cannot be used: Set the `OPENAI_API_KEY`"),
    ],
)
def test_a_model_that_cannot_be_used_is_told_at_the_start(
    config: Path, given: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SOME_API_KEY", "sk-test")
    models(config, models={"first": given}, fallback=[])
    with pytest.raises(ConfigError) as caught:
        Engine.from_config_dir(config, settings=Settings(model_mode="live"))
    assert expected in str(caught.value)


@pytest.mark.parametrize("provider", ["openai-chat", "google", "google-cloud", "bedrock", "azure"])
def test_installed_packages_are_found(provider: str):
    sdks.check(ModelDef(model=f"{provider}:some"))
