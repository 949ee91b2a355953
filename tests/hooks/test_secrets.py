"""The hook agentkit-secrets, on its own and as pre-commit runs it in another repository."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.template.projects import ROOT

HOOK = ROOT / "hooks/secrets.py"
SECRET = {
    "openai": "KEY=sk-" + "proj-" + "a1B2" * 10,
    "anthropic": "key: sk-" + "ant-" + "api03-" + "x9" * 20,
    "aws": "AKIA" + "ABCDEFGHIJKLMNOP",
    "github": "token = 'ghp" + "_" + "a" * 36 + "'",
    "gitlab": "glpat" + "-" + "a" * 20,
    "google": "AIza" + "b" * 35,
    "slack": "xoxb" + "-" + "1" * 24,
    "private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "url": "postgres://bob:" + "hunter2hunter2" + "@db/x",
}
HARMLESS = {
    "empty": "OPENAI_API_KEY=",
    "reference": "api_key: ${OPENAI_API_KEY}",
    "url with a variable": "postgres://user:${PASSWORD}@db/x",
    "url without a password": "https://example.com/a@b",
    "a word": "sk-learn is not a key",
    "waived": "AKIA" + "ABCDEFGHIJKLMNOP  # agentkit: not-a-secret",
}


def run(*files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(HOOK), *map(str, files)]  # standard library only
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("name", SECRET)
def test_a_secret_is_found_and_not_repeated(name: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(f"one\n{SECRET[name]}\n")
    done = run(tmp_path / "f")
    assert done.returncode == 1
    assert f"{tmp_path / 'f'}:2: this looks like" in done.stdout
    assert SECRET[name] not in done.stdout


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_no_secret_passes(name: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_text(HARMLESS[name] + "\n")
    done = run(tmp_path / "f", tmp_path / "gone")
    assert (done.returncode, done.stdout) == (0, "")


def test_pre_commit_runs_it_in_another_repository(tmp_path: Path) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    hooks, other = tmp_path / "hooks-repo", tmp_path / "other"
    for folder in (hooks / "hooks", other):
        folder.mkdir(parents=True)
    (hooks / ".pre-commit-hooks.yaml").write_bytes((ROOT / ".pre-commit-hooks.yaml").read_bytes())
    (hooks / "hooks/secrets.py").write_bytes(HOOK.read_bytes())
    (hooks / "hooks/secrets.py").chmod(0o755)
    (other / "bad.env").write_text(SECRET["aws"] + "\n")
    for folder in (hooks, other):
        for args in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
            subprocess.run(["git", *identity, *args], cwd=folder, check=True)
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), "agentkit-secrets", "-a"]
    env = os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "cache")}
    done = subprocess.run(command, cwd=other, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert "bad.env:1: this looks like an AWS access key" in done.stdout


def test_agentkit_check_looks_for_the_same() -> None:
    from agentkit.rules import secrets

    hook = runpy.run_path(str(HOOK))
    assert hook["SECRETS"] == secrets.SECRETS and hook["ALLOWED"] == secrets.ALLOWED
