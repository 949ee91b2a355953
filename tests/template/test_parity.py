"""agentkit and plain copier make the same project of the same template."""

import subprocess
import sys
import warnings
from itertools import combinations
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml

from tests.template import projects

PAIRS = projects.pairs()
CASES = projects.NAMED | {f"pair-{n}": row for n, row in enumerate(PAIRS)}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree's template as a tagged git repository, uncommitted changes included."""
    repo = tmp_path_factory.mktemp("template")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=projects.ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(lambda n: n.startswith(("template/", "copier.yml")), listed):
        if (projects.ROOT / name).exists():
            (repo / name).parent.mkdir(parents=True, exist_ok=True)
            (repo / name).write_bytes((projects.ROOT / name).read_bytes())
            (repo / name).chmod((projects.ROOT / name).stat().st_mode)
    identity = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    for args in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "x"], ["tag", "v9.0.0"]):
        subprocess.run(["git", *identity, *args], cwd=repo, check=True)
    return repo


@pytest.mark.parametrize("name", CASES)
def test_copier_renders_the_same_bytes(name: str, template: Path, tmp_path: Path) -> None:
    given: dict[str, Any] = {"project_name": "my-agent", **CASES[name]}
    with warnings.catch_warnings(action="ignore"):
        copier.run_copy(str(template), tmp_path / "copier", given, defaults=True, quiet=True)
    ours = projects.make(tmp_path / "ours", CASES[name])
    assert projects.digest(ours) == projects.digest(tmp_path / "copier")


def test_the_copier_command_on_the_repository(template: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet"]
    command += ["--data", "project_name=my-agent", str(template), "theirs"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    ours = projects.make(tmp_path / "ours", {})
    assert projects.digest(ours) == projects.digest(tmp_path / "theirs")
    recorded = yaml.safe_load((tmp_path / "theirs/.copier-answers.yml").read_text())
    assert recorded["_commit"] == "v9.0.0"


def test_every_pair_of_parts_occurs() -> None:
    many = projects.MANY
    seen = {frozenset(pair) for row in map(_flat, PAIRS) for pair in combinations(row, 2)}
    parts = [(many[kind], key) for kind in many for key in projects.CATALOG[kind]]
    parts += [("store", store) for store in projects.CATALOG["store"]]
    for one, other in combinations(parts, 2):
        if (one[0], other[0]) != ("store", "store"):  # a project has one
            assert frozenset([one, other]) in seen


def _flat(row: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(q, v) for q, vs in row.items() for v in (vs if isinstance(vs, list) else [vs])]
