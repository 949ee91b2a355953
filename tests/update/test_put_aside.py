"""What users make between a crash and the next command is neither lost nor in the way."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.support import tree, write
from tests.update.project import Project, Start
from tests.update.support import Link, body
from tests.update.test_recovery import finished, fresh, project, undone

__all__ = ["fresh", "project"]
Act = Callable[[Project], None]


def kept(project: Project) -> dict[str, str]:
    """What was put aside, by its path in the project."""
    found = [p for p in (project.root / ".git/agentkit/kept").rglob("*") if not p.is_dir()]
    root = project.root / ".git/agentkit/kept"
    names = {"/".join(p.relative_to(root).parts[1:]): p for p in found}
    return {name: p.read_text() if p.is_file() else "special" for name, p in names.items()}


def edited(project: Project) -> None:
    project.put({"a.txt": "an hour of work\n"})


def added_in_the_way(project: Project) -> None:
    project.put({"gone/g.txt": "an hour of work\n"})


def folder_in_the_way(project: Project) -> None:
    project.put({"new/n.txt": None})
    project.put({"new/n.txt/deep/x": "an hour of work\n"})


def folder_instead_of_an_old_file(project: Project) -> None:
    project.put({"a.txt": None})
    project.put({"a.txt/x": "an hour of work\n"})


def file_instead_of_a_folder(project: Project) -> None:
    project.put({"new/n.txt": None})
    (project.root / "new").rmdir()
    project.put({"new": "an hour of work\n"})


def pipe(project: Project) -> None:
    project.put({"a.txt": None})
    os.mkfifo(project.root / "a.txt")


ACTS = {
    "edited": (edited, {"a.txt": "an hour of work\n"}),
    "added": (added_in_the_way, {"gone/g.txt": "an hour of work\n"}),
    "folder": (folder_in_the_way, {"new/n.txt/deep/x": "an hour of work\n"}),
    "old-folder": (folder_instead_of_an_old_file, {"a.txt/x": "an hour of work\n"}),
    "file": (file_instead_of_a_folder, {"new": "an hour of work\n"}),
    "pipe": (pipe, {"a.txt": "special"}),
}


@pytest.mark.parametrize(("act", "content"), ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("forward", [True, False], ids=["finish", "undo"])
def test_what_was_made_meanwhile_is_put_aside(
    project: Project, act: Act, content: dict[str, str], forward: bool
) -> None:
    act(project)
    ran = project.update("--continue" if forward else "--abort")
    assert ran.code == 0, ran
    (finished if forward else undone)(project)
    (name,) = content
    there = project.root / name
    safe = kept(project) == content or (there.is_file() and there.read_text() == content[name])
    assert safe, kept(project)
    if kept(project):
        assert f"{name.split('/')[0]}" in ran.out + ran.err
        assert f"{project.root}/.git/agentkit/kept/" in ran.out + ran.err


@pytest.mark.parametrize(("option", "name"), [("--continue", "new"), ("--abort", "gone")])
def test_a_link_to_elsewhere_is_not_followed(
    project: Project, tmp_path: Path, option: str, name: str
) -> None:
    outside = write(tmp_path / "outside", {"n.txt": "not ours\n", "g.txt": "not ours\n"})
    if project.has(name):
        shutil.rmtree(project.root / name)
    project.put({name: Link(str(outside))})
    assert project.update(option).code == 0
    assert tree(outside) == {"n.txt": b"not ours\n", "g.txt": b"not ours\n"}
    (finished if option == "--continue" else undone)(project)


def test_each_time_something_is_put_aside_it_is_kept(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": body({3: "theirs"})})
    for text in ("first\n", "second\n"):
        project.conflicted()
        project.put({"a.txt": text})
        assert project.update("--abort").code == 0
    found = (project.root / ".git/agentkit/kept").rglob("a.txt")
    assert {p.read_text() for p in found} == {"first\n", "second\n"}
