"""A project with an overlay on its template, what is said of it, and what an organisation does."""

import tomllib
from pathlib import Path

import pytest

from tests.unit.overlays import ORG, organisation, template
from tests.unit.support import commit, write
from tests.update.project import Project, Run, Start, Told
from tests.update.support import Files, Template, body, put

FILE = "catalog-info.yaml"


@pytest.fixture
def org(tmp_path: Path, checkout: Path) -> Path:
    """The standards, beside a small built-in template."""
    template(checkout)
    return organisation(tmp_path / "org")


@pytest.fixture
def follower(tmp_path: Path, agentkit: Run, org: Path) -> Project:
    """A project of the built-in template with the overlay on it."""
    root = tmp_path / "agent"
    ran = agentkit("new", str(root), "--defaults", "--org", str(org), "-d", "acme_cost_center=1")
    assert ran.code == 0, ran
    return Project(root, Template(root), agentkit)


@pytest.fixture
def stranger(start: Start, org: Path) -> Project:
    """A project of a template that knows none of the organisation's questions."""
    parts = ("{{use.docker}}/registry.txt", "{{use.cluster}}/cluster.txt")
    release(org, dict.fromkeys(parts), tag="v1.1.0")
    asked = "project_name: {type: str, default: app}\n"
    return start({"a.txt": body(), "docs/b.txt": "b\n"}, asked)


def release(org: Path, files: Files, told: str = ORG, tag: str = "v2.0.0") -> None:
    put(org / "overlay", files)
    write(org, {"agentkit-org.toml": told})
    commit(org, tag=tag)


def follow(project: Project, org: Path, *args: str, code: int = 0) -> Told:
    words = ("--defaults", "--format", "json", *args)
    ran = project.run("org", "follow", str(org), str(project.root), *words)
    assert ran.code == code, ran
    return Told(ran)


def refused(project: Project, *args: str) -> str:
    before = project.state()
    ran = project.run(*args)
    assert ran.code in (1, 2) and ran.out == "" and "Traceback" not in ran.err, ran
    assert project.state() == before
    return ran.err


def pinned(project: Project) -> dict[str, object]:
    found: dict[str, object] = tomllib.loads(project.read("agentkit.toml"))["org"]
    return found
