"""Rules of other packages in `agentkit check`, and our rules in repo-review."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.support import Ran, commit, spawn, write

ROOT = Path(__file__).parents[2]
RULE = '''\
from agentkit.rules import Rule


class Owned(Rule):
    """Somebody owns it"""

    id = "ACME-OWN001"
    why = "alarms reach somebody"
    fix = "write OWNER"
    url = "https://acme.example/own"

    def check(self, view):
        if not view.has("OWNER"):
            yield self.at("OWNER", 0, "nobody owns it")
'''
ENTRY = "[agentkit.rules]\nacme = acme_rules\n"
META = "Metadata-Version: 2.1\nName: acme-rules\nVersion: 1.0\n"
INSTALLED = {
    "acme_rules.py": RULE,
    "acme_rules-1.0.dist-info/entry_points.txt": ENTRY,
    "acme_rules-1.0.dist-info/METADATA": META,
}


def check(folder: Path, site: Path, *args: str) -> Ran:
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    return spawn("check", str(folder), "--select", "ACME", "-o", "json", *args, env=env)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    commit(write(tmp_path / "x", {"a.txt": "x\n"}))
    return tmp_path / "x"


def test_an_installed_package_brings_rules(repository: Path, tmp_path: Path) -> None:
    site = write(tmp_path / "site", INSTALLED)
    for _ in range(2):
        ran = check(repository, site)
        assert [f["rule"] for f in json.loads(ran.out)["findings"]] == ["ACME-OWN001"], ran.err
    write(site, {"acme_rules.py": RULE.replace("OWNER", "OWNERS")})
    write(repository, {"OWNERS": "me\n"})
    assert check(repository, site).code == 0
    broken = check(repository, write(site, {"acme_rules.py": "import nothing_of_this_name\n"}))
    assert broken.code == 1 and "the rules of acme_rules cannot be loaded" in broken.err
    assert "Traceback" not in broken.err


def test_the_repository_under_check_brings_none(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", INSTALLED | {"acme_rules.py": "raise SystemExit('it ran')\n"})
    commit(folder)
    ran = spawn("check", ".", cwd=folder)  # python -m: the folder is on sys.path
    assert "it ran" not in ran.err + ran.out and "RULES:" in ran.out


@pytest.mark.long
def test_repo_review_has_our_rules(tmp_path: Path) -> None:
    """The real one, in an environment of its own."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    install = ["uv", "pip", "install", "--quiet", "--python", str(venv)]
    subprocess.run([*install, "repo-review[cli]>=1.2,<2", str(ROOT)], check=True)
    folder = write(tmp_path / "x", {"Dockerfile": "FROM python:latest\nUSER 10001\n"})
    words = [str(venv / "bin/repo-review"), str(folder), "--format", "json"]
    told = json.loads(subprocess.run(words, capture_output=True, text=True).stdout)["checks"]
    assert told["AK-IMG001"]["result"] is False and "python:latest" in told["AK-IMG001"]["err_msg"]
    assert told["AK-IMG002"]["result"] is True and told["AK-CMP001"]["result"] is None
