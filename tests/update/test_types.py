"""Links, modes, folders, submodules and empty files."""

import os
import shutil
from pathlib import Path

import pytest

from tests.unit.support import commit, write
from tests.update.project import Project, Start
from tests.update.support import QUESTIONS, Link, Program, body

LINKS = QUESTIONS + "_preserve_symlinks: true\n"


def mode(project: Project, name: str) -> int:
    return (project.root / name).stat().st_mode & 0o777


def test_a_file_becomes_a_folder(start: Start) -> None:
    project = start({"conf": "c\n" * 5})
    project.template.release({"conf": None, "conf/main.yml": "m: 1\n"})
    project.told()
    assert project.read("conf/main.yml") == "m: 1\n"


def test_an_edited_file_becomes_a_folder(start: Start) -> None:
    project = start({"conf": body()})
    project.edit({"conf": body({3: "mine"})})
    project.template.release({"conf": None, "conf/main.yml": "m: 1\n"})
    project.conflicted()
    assert any(b"mine\n" in content for content in project.files().values())
    assert project.read("conf/main.yml") == "m: 1\n"


def test_a_folder_becomes_a_file(start: Start) -> None:
    project = start({"conf/main.yml": "m: 1\n"})
    shutil.rmtree(project.template.root / "project/conf")
    project.template.release({"conf": "c\n"})
    project.told()
    assert project.read("conf") == "c\n"


@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "untracked"])
def test_a_folder_with_a_file_of_the_user_becomes_a_file(start: Start, tracked: bool) -> None:
    project = start({"conf/main.yml": "m: 1\n"})
    project.put({"conf/mine.yml": "mine: 1\n"})
    if tracked:
        project.commit()
    shutil.rmtree(project.template.root / "project/conf")
    project.template.release({"conf": "c\n"})
    ran = project.update()
    assert ran.code in (1, 3)
    assert "conf" in ran.out + ran.err
    assert b"mine: 1\n" in project.files().values()


def test_the_user_made_a_link_of_a_file(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": Link("real.txt"), "real.txt": body()})
    project.template.release({"a.txt": body(end="more\n")})
    project.conflicted()
    assert project.read("real.txt") == body()
    links = [p for p in project.root.iterdir() if p.is_symlink()]
    assert [os.readlink(link) for link in links] == ["real.txt"]


def test_the_user_made_a_folder_of_a_file(start: Start) -> None:
    project = start({"conf": body()})
    project.edit({"conf": None})
    project.edit({"conf/a.txt": "mine\n"})
    project.template.release({"conf": body({3: "theirs"})})
    assert project.update().code in (0, 3)
    assert project.read("conf/a.txt") == "mine\n"


def test_the_template_makes_a_link_of_a_file(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"}, LINKS)
    project.template.release({"a.txt": Link("b.txt")})
    project.told()
    assert os.readlink(project.root / "a.txt") == "b.txt"


def test_the_template_makes_a_link_of_an_edited_file(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"}, LINKS)
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": Link("b.txt")})
    project.conflicted()
    assert any(b"mine\n" in content for content in project.files().values())


def test_a_link_points_elsewhere(start: Start) -> None:
    project = start({"one": Link("1"), "two": Link("1"), "1": "1\n"}, LINKS)
    project.edit({"two": Link("mine")})
    project.template.release({"one": Link("2"), "2": "2\n"})
    project.told()
    assert os.readlink(project.root / "one") == "2"
    assert os.readlink(project.root / "two") == "mine"


def test_a_link_that_both_changed(start: Start) -> None:
    project = start({"now": Link("1")}, LINKS)
    project.edit({"now": Link("mine")})
    project.template.release({"now": Link("2")})
    assert project.conflicted().actions == {"now": "conflict"}
    assert os.readlink(project.root / "now") == "mine"


def test_a_link_out_of_the_project_is_not_written_through(start: Start, tmp_path: Path) -> None:
    project = start({"data/a.txt": body()})
    outside = write(tmp_path / "outside", {"a.txt": body()})
    shutil.rmtree(project.root / "data")
    project.edit({"data": Link(str(outside))})
    project.template.release({"data/a.txt": body({3: "theirs"})})
    assert project.update().code in (0, 1, 3)
    assert (outside / "a.txt").read_text() == body()
    assert (project.root / "data").is_symlink()


def test_the_template_makes_an_edited_file_executable(start: Start) -> None:
    project = start({"run.sh": body()})
    project.edit({"run.sh": body({3: "mine"})})
    project.template.release({"run.sh": Program(body())})
    project.told()
    assert project.read("run.sh") == body({3: "mine"})
    assert mode(project, "run.sh") & 0o111


def test_the_user_made_executable_what_the_template_edits(start: Start) -> None:
    project = start({"run.sh": body()})
    project.edit({"run.sh": Program(body())})
    project.template.release({"run.sh": body({28: "theirs"})})
    project.told()
    assert project.read("run.sh") == body({28: "theirs"})
    assert mode(project, "run.sh") & 0o111


def test_no_longer_executable(start: Start) -> None:
    project = start({"run.sh": Program(body())})
    project.template.release({"run.sh": body()})
    assert project.told().actions == {"run.sh": "updated"}
    assert not mode(project, "run.sh") & 0o111


def test_modes_where_the_file_system_has_none(start: Start) -> None:
    project = start({"run.sh": body(), "on.sh": Program("on\n")})
    project.git("config", "core.fileMode", "false")
    (project.root / "on.sh").chmod(0o644)
    project.template.release({"run.sh": Program(body())})
    project.told()
    kinds = project.git("ls-files", "--stage", "*.sh").splitlines()
    assert [line.split()[0] for line in kinds] == ["100755", "100755"]


def test_empty_files(start: Start) -> None:
    project = start({"a/__init__.py": "", "mine": "", "emptied": body(), "both": ""})
    project.edit({"mine": "mine\n", "both": "mine\n"})
    project.template.release({"emptied": "", "b/__init__.py": "", "both": "theirs\n"})
    wanted = {"emptied": "updated", "b/__init__.py": "added", "both": "conflict"}
    assert project.conflicted().actions == wanted
    assert (project.read("mine"), project.read("emptied")) == ("mine\n", "")
    assert {"mine", "theirs"} <= set(project.read("both").split())


def test_the_user_emptied_what_the_template_changed(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": ""})
    project.template.release({"a.txt": body({3: "theirs"})})
    assert project.conflicted().actions == {"a.txt": "conflict"}


@pytest.fixture
def vendored(start: Start, tmp_path: Path) -> Project:
    """A project with a submodule in vendor/lib, and an edit."""
    library = write(tmp_path / "lib", {"l.txt": "l\n"})
    commit(library)
    project = start({"a.txt": body()})
    project.git("submodule", "--quiet", "add", str(library), "vendor/lib")
    project.edit({"a.txt": body({3: "mine"})})
    return project


def test_a_project_with_a_submodule(vendored: Project) -> None:
    vendored.template.release({"a.txt": body({28: "theirs"})})
    assert vendored.told().actions == {"a.txt": "merged"}
    assert vendored.read("a.txt") == body({3: "mine", 28: "theirs"})
    assert vendored.read("vendor/lib/l.txt") == "l\n"
    assert "vendor" not in vendored.git("status", "--porcelain")


def test_the_template_adds_a_file_where_a_submodule_is(vendored: Project) -> None:
    vendored.template.release({"vendor/lib/l.txt": "theirs\n"})
    ran = vendored.update()
    assert ran.code in (1, 3)
    assert "vendor/lib" in ran.out + ran.err
    assert vendored.read("vendor/lib/l.txt") == "l\n"
    assert (vendored.root / "vendor/lib/.git").exists()
