"""Names and places that a template or the system puts into the way."""

import tempfile
from pathlib import Path

import pytest

from tests.update.project import Start
from tests.update.support import QUESTIONS, body


def test_the_name_of_the_folder_in_a_file(start: Start) -> None:
    project = start({"a.txt.jinja": "# {{ _folder_name }}\n" + body()})
    project.edit({"a.txt": "# project\n" + body({9: "mine"})})
    project.template.release({"a.txt.jinja": "# {{ _folder_name }} v2\n" + body()})
    project.told()
    assert project.read("a.txt") == "# project v2\n" + body({9: "mine"})


def test_the_place_of_the_project_in_a_file(start: Start) -> None:
    project = start({"a.txt.jinja": "{{ _copier_conf.dst_path }}\n" + body()})
    project.template.release({"a.txt.jinja": "{{ _copier_conf.dst_path }}\n" + body({28: "new"})})
    assert project.update().code in (0, 3)
    assert project.read("a.txt").endswith(body({28: "new"}))


def test_temporary_files_inside_the_project(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    project = start({"a.txt": body(), ".gitignore": "tmp/\n"})
    project.edit({"a.txt": body({3: "mine"})})
    (project.root / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(project.root / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(project.root / "tmp"))
    project.template.release({"a.txt": body({28: "theirs"})})
    project.told()
    assert project.read("a.txt") == body({3: "mine", 28: "theirs"})
    assert not list((project.root / "tmp").iterdir())


def test_no_litter(start: Start, tmp_path: Path, home: Path) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": body({3: "theirs"})})
    own = {p.name for p in (project.root / ".git").iterdir()}
    project.conflicted()
    project.update("--abort")
    assert not list((tmp_path / "tmp").iterdir())
    assert {p.name for p in home.iterdir()} == {".gitconfig"}
    assert {p.name for p in (project.root / ".git").iterdir()} - own <= {"agentkit", "ORIG_HEAD"}


@pytest.mark.parametrize("name", ["-dash", "white ünï 'quo\"te' [x]* a:b;$x"])
def test_a_folder_whose_name_is_odd(start: Start, tmp_path: Path, name: str) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": body({28: "theirs"})})
    odd = project.root.rename(tmp_path / name)
    ran = project.run("update", str(odd))
    assert ran.code == 0, ran
    assert (odd / "a.txt").read_text() == body({3: "mine", 28: "theirs"})


def test_an_odd_folder_in_a_larger_repository(start: Start, tmp_path: Path) -> None:
    project = start({"svc/[x] ü/a.txt": body()}, QUESTIONS)
    project.edit({"svc/[x] ü/a.txt": body({3: "mine"})})
    inner = project.root / "svc/[x] ü"
    (project.root / ".copier-answers.yml").rename(inner / ".copier-answers.yml")
    project.commit()
    put = {"svc/[x] ü/a.txt": None, "a.txt": body()}
    project.template.release(put, tag="")
    project.template.retag("v1.0.0")
    project.template.release({"a.txt": body({28: "theirs"})}, tag="v2.0.0")
    ran = project.run("update", str(inner))
    assert ran.code == 0, ran
    assert (inner / "a.txt").read_text() == body({3: "mine", 28: "theirs"})
