"""A generated project reads as if somebody had written it by hand for just these parts."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agentkit.checks import tree
from tests.template import projects
from tests.template.test_parity import CASES

VERBATIM = {"LICENSE", "requirements.txt", "requirements-dev.txt"}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    given = {"providers": ["openai"], "targets": ["docker"], "interfaces": ["http", "cli"]}
    chosen = given | {"ci": "github", "features": [], "store": "sqlite"} | CASES[request.param]
    return projects.make(tmp_path / "my-agent", CASES[request.param]), chosen


def test_a_project(case: tuple[Path, dict[str, Any]]) -> None:
    """One rendering, every look at it."""
    folder, given = case
    assert not tree.findings(folder, tree.files(folder))
    for path in projects.files(folder):
        name, text = path.relative_to(folder).as_posix(), path.read_text()
        if name not in VERBATIM:
            _tidy(name, text)
        _no_leftover(name, text)
        _nothing_of_parts_not_chosen(name, text, given)
    check = ["ruff", "check", "--no-cache", "--quiet", "."]
    found = subprocess.run(check, cwd=folder, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
    shape = ["ruff", "format", "--no-cache", "--check", "."]
    found = subprocess.run(shape, cwd=folder, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


def _tidy(name: str, text: str) -> None:
    assert text == "" or (text.endswith("\n") and not text.endswith("\n\n")), f"{name}: end"
    assert not text.startswith("\n"), f"{name}: start"
    assert not re.search(r"[ \t]$", text, re.M), f"{name}: trailing blanks"
    most = 2 if name.endswith(".py") else 1
    assert "\n" * (most + 2) not in text, f"{name}: a scar of blank lines"


def _no_leftover(name: str, text: str) -> None:
    code = re.sub(r"\$\{\{.*?\}\}", "", text)  # expressions of GitHub Actions
    own = (
        "config/",
        "docs/PATTERN.md",
        "k8s/chart/",
        "monitoring/",
        "src/",
        "tests/",
    )  # braces of their own
    if not name.startswith(own):
        assert "{{" not in code and "{%" not in code, name
    assert "use." + "provider" not in text, name


def _nothing_of_parts_not_chosen(name: str, text: str, given: dict[str, Any]) -> None:
    if name in VERBATIM:
        return
    words = {
        "providers": {
            "openai": r"\bOPENAI_API_KEY",
            "anthropic": r"(?<!global\.)(?<!model/)anthropic",
            "google": "gemini|GOOGLE_API_KEY",
            "mistral": "mistral",
            "groq": "groq",
            "bedrock": "bedrock",
            "azure": "AZURE_OPENAI",
            "ollama": "ollama",
        },
        "targets": {
            "docker": r"\bdocker\b",
            "kubernetes": r"kubernetes|kubectl|k8s\b",
            "systemd": r"\bsystem(d|ctl)\b",
            "monitoring": r"\bgrafana\b|\bpromtool\b|make monitor\b",
            "nginx": r"\bnginx\b",
            "cloudrun": r"\bcloud ?run\b|\bgcloud\b",
            "fly": r"\bfly(ctl|\.io|\.toml)?\b",
            "azure": r"\bcontainer ?apps?\b|\baz (account|acr|containerapp)\b",
            "heroku": r"\bheroku\b",
            "lambda": r"aws.lambda|agent lambda|cloudformation",
            "terraform": r"terraform|\.tf\b",
        },
        "ci": {"github": r"\bgithub\b(?!\.com/superfly)", "gitlab": r"\bgitlab\b"},
        "features": {
            "tracing": r"opentelemetry|\bOTEL_|\btraceparent\b|\bcollector\b",
            "aws_secrets": r"\bboto3\b|aws://",
            "gcp_secrets": r"gcp://|cloud.secretmanager",
            "azure_secrets": r"keyvault[.-]secrets|azure://",
            "vault_secrets": r"\bhvac\b|vault://|\bVAULT_",
        },
        "interfaces": {
            "http": r"\bfastapi\b|\buvicorn\b",
            "worker": r"\bagent worker\b|\bworker.(pool|tf|yaml)\b|-worker\b"
            r"|\bAGENT_METRICS_PORT\b",
            "mqtt": r"mqtt",
            "mcp": r"\bmcp\b",
            "celery": r"celery",
            "kafka": r"kafka",
        },
        "store": {"postgres": r"postgres|\bPG[A-Z]+\b", "redis": r"\bredis"},
    }
    if "celery" in given["interfaces"]:
        del words["store"]["redis"]  # it may be the broker
    if "terraform" in given["targets"]:
        del words["targets"]["cloudrun"]  # one of its modules
    if "kubernetes" in given["targets"]:
        del words["targets"]["nginx"]  # its ingress and its A/B split may be one
    for question, parts in words.items():
        for part, word in parts.items():
            if part not in given[question]:
                assert not re.search(word, text, re.I), f"{name} speaks of {part}"
