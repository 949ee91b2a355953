"""Every test has its own home, git settings, temporary folder and working folder."""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agentkit import cli, source
from tests.unit.support import Ran, commit, write

GITCONFIG = '[user]\n\tname = Ada\n\temail = ada@example.org\n[protocol "file"]\n\tallow = always\n'
OURS = ("GIT_", "XDG_", "AGENTKIT_", "COPIER_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONPATH")


CHANGELOG = """# Changes

## Unreleased
## 0.1.0 - the first
- It works.

## 0.2.0
- It still works.
## 0.10.0
- Long after.
## 0.3.0

## 1.0.0
"""


QUESTIONS = """
project_name: {type: str}
where: {type: yaml, when: false, default: "'.'"}
_subdirectory: template/project
_exclude: []
"""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> Path:
    """A home folder with a git identity; nothing of this machine's user is seen."""
    for name in [n for n in os.environ if n.startswith(OURS)]:
        monkeypatch.delenv(name)
    home, scratch = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    scratch.mkdir()
    (home / ".gitconfig").write_text(GITCONFIG)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(cache))
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    return home


@pytest.fixture(autouse=True)
def work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder a user stands in."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def agentkit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """The command, run in this process: twice as fast as in its own, with the same answers."""

    def run(*args: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["agentkit", *args])
        capsys.readouterr()
        code: object = 0
        try:
            cli.main()
        except SystemExit as e:
            code = e.code or 0
        assert isinstance(code, int), code
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout of this repository, in which a release does no harm."""
    root = write(
        tmp_path / "checkout",
        {
            "CHANGELOG.md": CHANGELOG,
            "copier.yml": QUESTIONS,
            "template/parts.yml": "{}\n",
            "template/project/{{where}}/über.txt": "x\n",
            "template/project/run.sh": "#!/bin/sh\n",
            "template/project/README.md.jinja": "# {{ project_name }} 1\n",
            "README.md": "not of the template",
        },
    )
    (root / "template/project/run.sh").chmod(0o755)
    commit(root)
    write(root, {"template/project/scratch.txt": "not tracked"})
    for name, place in (("CHECKOUT", root), ("SNAPSHOTS", root / "agentkit/_templates")):
        monkeypatch.setattr(source, name, place)
    monkeypatch.setenv("AGENTKIT_CACHE_DIR", str(tmp_path / "cache"))
    (root / "agentkit").mkdir()
    return root
