"""A dry run tells exactly what a real one does, and writes nothing at all."""

from pathlib import Path

import pytest

from tests.unit.support import ordinary_user, spawn
from tests.update.project import Project, Start
from tests.update.support import QUESTIONS, Link, Program, body, snapshot

LINKS = QUESTIONS + "_preserve_symlinks: true\ncolour: {type: str, default: red}\n"
OLD = {
    **{f"{x}.txt": body() + x for x in ("merged", "gone", "kept", "both", "mine", "mv")},
    "seed.txt": "seed\n",
    "l.png": b"\x89\0\1",
    "run.sh": "run\n",
    "now": Link("seed.txt"),
    "c.jinja": "{{ colour }}\n",
    ".gitignore": "x\n",
    "a.toml": "a = [\n  1,\n]\n",
}


@pytest.fixture
def project(start: Start) -> Project:
    """A project in which an update has everything to do, conflicts excepted."""
    found = start(OLD, LINKS + "_skip_if_exists: [seed.txt]\n")
    edits = {"merged.txt": body({3: "mine"}) + "merged", "kept.txt": None, "mine.txt": None}
    more = {"a.toml": "a = [\n  1,\n  2,\n]\n", ".gitignore": "x\nmine\n"}
    found.edit({**edits, **more, "moved.txt": OLD["mine.txt"]})
    new = {f"{x}.txt": body({28: "theirs"}) + x for x in ("merged", "kept", "mine")}
    gone = {"gone.txt": None, "mv.txt": None, "dir/mv.txt": OLD["mv.txt"]}
    more = {"a.toml": "a = [\n  1,\n  3,\n]\n", ".gitignore": "x\ntheirs\n"}
    odd = {"run.sh": Program("run\n"), "now": Link("run.sh"), "l.png": b"\x89\0\2"}
    found.template.release({**new, **gone, **more, **odd, "n/n.txt": "n\n", "seed.txt": "2\n"})
    found.put({"untracked.txt": "mine\n"})
    found.git("status")
    return found


@pytest.mark.parametrize("options", [(), ("--data", "colour=blue"), ("--to", "v2.0.0")])
def test_it_tells_what_is_done(project: Project, options: tuple[str, ...]) -> None:
    dry = project.told("--dry-run", *options).report
    real = project.told(*options).report
    assert (dry["dry_run"], dry["applied"]) == (True, False)
    assert (real["dry_run"], real["applied"]) == (False, True)
    assert {**dry, "dry_run": False, "applied": True} == real
    kinds = {change["action"] for change in real["changes"]}
    assert kinds == {"added", "updated", "merged", "deleted", "kept-deleted", "renamed", "kept"}


def test_it_tells_of_conflicts(project: Project) -> None:
    project.edit({"both.txt": body({28: "mine"})})
    project.template.release({"both.txt": body({28: "theirs"})})
    dry = project.told("--dry-run", code=3).report
    real = project.conflicted().report
    assert dry["conflicts"] == real["conflicts"] == ["both.txt"]
    assert dry["changes"] == real["changes"]


@pytest.mark.parametrize("options", [(), ("--branch",), ("--commit",), ("--verify", "false")])
def test_it_writes_nothing(project: Project, tmp_path: Path, options: tuple[str, ...]) -> None:
    before = snapshot(project.root), snapshot(tmp_path / "template")
    project.told("--dry-run", *options)
    assert snapshot(project.root) == before[0]
    assert snapshot(tmp_path / "template") == before[1]
    assert not list((tmp_path / "tmp").iterdir())


def test_it_writes_nothing_of_conflicts_either(project: Project) -> None:
    project.edit({"both.txt": body({28: "mine"})})
    project.template.release({"both.txt": body({28: "theirs"})})
    before = snapshot(project.root)
    project.told("--dry-run", "--explain-conflicts", code=3)
    assert snapshot(project.root) == before


def test_the_index_is_not_refreshed(project: Project) -> None:
    for path in project.root.glob("*.txt"):
        path.touch()
    before = snapshot(project.root)
    project.told("--dry-run")
    assert snapshot(project.root) == before


def test_it_works_where_nothing_can_be_written(project: Project) -> None:
    folders = [project.root, *(p for p in project.root.rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    ran = spawn("update", str(project.root), "--dry-run", before=ordinary_user())
    for folder in folders:
        folder.chmod(0o755)
    assert ran.code == 0, ran
    assert "merged.txt" in ran.out


def test_errors_are_the_same(project: Project) -> None:
    project.put({"n/n.txt": "in the way\n"})
    dry = project.update("--dry-run")
    assert "n/n.txt" in dry.err
    assert dry.err == project.refused()


def test_it_says_that_nothing_was_written(project: Project) -> None:
    dry, real = project.update("--dry-run").out, project.update().out
    assert dry != real
    lines = [line for line in real.splitlines() if line.startswith("  ")]
    assert [line for line in dry.splitlines() if line.startswith("  ")] == lines
