"""What production refuses to start with: each reason is a sentence, and all are told at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent import lock

GOOD = {
    "AGENT_ENV": "production",
    "AGENT_MODEL_MODE": "auto",
    "AGENT_API_KEYS": "alice:open-sesame",
    "OPENAI_API_KEY": "sk-real",
}
OFFLINE = "production refuses the offline model: set AGENT_MODEL_MODE=live"
NO_MODEL = "AGENT_ENV=production needs a model: set OPENAI_API_KEY (see .env.template)"
NO_KEYS = (
    "AGENT_ENV=production needs AGENT_API_KEYS, name:secret pairs separated by commas,"
    " or AGENT_JWKS_URL"
)
NO_LOCK = "manifest.lock: review the manifests, run `agent lock`, and commit that file"
WRITTEN_OUT = "the key of openai is written out: write ${VARIABLE}, or where the secret is"
CREDENTIALS = "version: 1.0.0\nproviders:\n  openai:\n    api_key: sk-written-out\n"


def start(command: str, config: Path, **environment: str) -> list[str]:
    """The lines in which `agent serve` or `agent worker` says why it does not start."""
    env = os.environ | GOOD | environment | {"AGENT_CONFIG_DIR": str(config), "AGENT_PORT": "1"}
    run = [sys.executable, "-m", "agent", command]
    done = subprocess.run(run, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    first = next(i for i, line in enumerate(done.stderr.splitlines()) if line.startswith("error: "))
    lines = done.stderr.splitlines()[first:]
    return [line.removeprefix("error: ").removeprefix("- ") for line in lines]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"AGENT_MODEL_MODE": "offline"}, [OFFLINE]),
        ({"OPENAI_API_KEY": ""}, [NO_MODEL]),
        ({"AGENT_API_KEYS": ""}, [NO_KEYS]),
        (
            {"AGENT_API_KEYS": "alice:changeme,bob:real-one,carol:<secret>"},
            ["AGENT_API_KEYS: the secret of alice and carol is a placeholder"],
        ),
        ({"ANTHROPIC_API_KEY": "your-key"}, ["ANTHROPIC_API_KEY: a placeholder is no key"]),
    ],
)
def test_serve_tells_one_reason(environment: dict[str, str], expected: list[str], config: Path):
    lock.write(config)
    assert start("serve", config, **environment) == expected


def test_serve_tells_every_reason(config: Path):
    (config / "provider_credentials.yaml").write_text(CREDENTIALS)
    agents = config / "agents.yaml"
    agents.write_text(
        agents.read_text().replace("    instructions:", "    model: offline\n    instructions:")
    )
    told = start(
        *("serve", config),
        AGENT_MODEL_MODE="offline",
        AGENT_API_KEYS="",
        ANTHROPIC_API_KEY="changeme",
    )
    assert told[0] == "AGENT_ENV=production cannot start:"
    assert told[1:3] == [NO_KEYS, OFFLINE]
    assert told[3].startswith("production refuses the offline model: give ")
    assert told[4] == "ANTHROPIC_API_KEY: a placeholder is no key"
    assert told[5].endswith(WRITTEN_OUT) and told[6].endswith(NO_LOCK)
    assert len(told) == 7 and "sk-written-out" not in " ".join(told)


def test_a_worker_needs_no_callers_but_all_the_rest(config: Path):
    told = start("worker", config, AGENT_API_KEYS="", AGENT_MODEL_MODE="offline")
    assert told[:2] == ["AGENT_ENV=production cannot start:", OFFLINE]
    assert told[2].endswith(NO_LOCK) and len(told) == 3


def test_a_changed_manifest_is_named(config: Path):
    lock.write(config)
    with (config / "policies.yaml").open("a") as policies:
        policies.write("\n# more\n")
    [told] = start("worker", config)
    assert "manifest.lock does not fit policies.yaml: review the manifests" in told


def test_a_secret_that_cannot_be_read_is_a_reason_once(config: Path):
    lock.write(config)
    [told] = start("worker", config, OPENAI_API_KEY="file:///run/secrets/none")
    assert told.startswith(
        "OPENAI_API_KEY: cannot read file:///run/secrets/none: FileNotFoundError"
    )
