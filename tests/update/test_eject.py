"""`agentkit eject`: a file becomes the user's own."""

import json
import os
import tomllib
from pathlib import Path

import pytest

from tests.unit.support import commit, ordinary_user, spawn, write
from tests.update.looking import explained
from tests.update.own import own
from tests.update.project import ANSWERS, Project, Start
from tests.update.support import body

SETTINGS = "agentkit.toml"


def eject(project: Project, *names: str) -> str:
    ran = project.run("eject", *(str(project.root / name) for name in names))
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.out


def yours(project: Project) -> list[str]:
    found: list[str] = tomllib.loads(project.read(SETTINGS))["yours"]
    return found


def test_an_ejected_file_stays_as_it_is(start: Start) -> None:
    project = start({"a.txt": body(), "d/a.txt": body(), "b.txt": "1\n"})
    out = eject(project, "a.txt")
    assert "a.txt" in out and SETTINGS in out
    project.edit({"a.txt": body({3: "mine"})})
    new = body({28: "theirs"})
    project.template.release({"a.txt": new, "d/a.txt": new, "b.txt": "2\n"})
    told = project.told()
    assert told.actions == {"a.txt": "kept", "d/a.txt": "updated", "b.txt": "updated"}
    owners = {c["path"]: c["owner"] for c in told.report["changes"]}
    assert (owners["a.txt"], owners["d/a.txt"]) == ("yours", "managed")
    assert project.read("a.txt") == body({3: "mine"})
    project.commit()
    project.template.release({"a.txt": None})
    assert project.told().actions == {"a.txt": "kept"}
    assert project.read("a.txt") == body({3: "mine"})


def test_it_is_no_drift_any_more(mine: Project) -> None:
    mine.put({"docker/Dockerfile": "FROM scratch\n"})
    eject(mine, "docker/Dockerfile")
    assert mine.run("diff", str(mine.root), "--exit-code").code == 0
    assert explained(mine, "docker/Dockerfile")["owner"] == "yours"


def test_a_moved_file_is_ejected_at_both_places(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "1\n"})
    project.git("mv", "a.txt", "moved.txt")
    eject(project, "moved.txt")
    project.commit()
    project.template.release({"a.txt": body({28: "theirs"}), "b.txt": "2\n"})
    assert "moved.txt" not in [p for p, a in project.told().actions.items() if a != "kept"]
    assert project.read("moved.txt") == body() and not project.has("a.txt")


def test_several_at_once_in_a_file_that_is_there(mine: Project) -> None:
    mine.put({SETTINGS: '# ours\nyours = ["docs/**"]  # all\n\n[other]\nx = 1\n'})
    eject(mine, "docker/Dockerfile", "Makefile")
    text = mine.read(SETTINGS)
    assert text.startswith("# ours\nyours = [") and "# all\n\n[other]\nx = 1\n" in text
    assert yours(mine) == ["docs/**", "docker/Dockerfile", "/Makefile"]


def test_in_a_file_with_tables_only(mine: Project) -> None:
    mine.put({SETTINGS: "[other]\nx = 1  # one\n"})
    eject(mine, "docker/Dockerfile")
    assert tomllib.loads(mine.read(SETTINGS)) == {"yours": ["docker/Dockerfile"], "other": {"x": 1}}
    assert "x = 1  # one\n" in mine.read(SETTINGS)


def test_what_is_yours_already_is_said_and_nothing_written(mine: Project) -> None:
    mine.put({"notes.txt": "mine\n"})
    out = eject(mine, "README.md", "notes.txt")
    assert "README.md: it is yours already" in out and "notes.txt: the template did not" in out
    assert not mine.has(SETTINGS)
    eject(mine, "Makefile")
    before = mine.read(SETTINGS)
    assert "Makefile: it is yours already" in eject(mine, "Makefile")
    assert mine.read(SETTINGS) == before


def test_as_json(mine: Project) -> None:
    names = [str(mine.root / name) for name in ("README.md", "Makefile")]
    report = json.loads(mine.run("eject", *names, "--format", "json").out)
    assert report["ejected"] == ["Makefile"] and "README.md" in report["notes"][0]


@pytest.mark.parametrize("name", ["[x]*?.txt", "#a.txt", "!a/b.txt", "sp ace ", "b\\c.txt"])
def test_odd_names_are_no_patterns(start: Start, name: str) -> None:
    others = {"x.txt": "1\n", "d/#a.txt": "1\n", "a/b.txt": "1\n", "[x].txt": "1\n"}
    project = start({name: "1\n", **others})
    eject(project, name)
    project.commit()
    project.template.release(dict.fromkeys([name, *others], "2\n"))
    assert [p for p, a in project.told().actions.items() if a == "kept"] == [name]


def test_the_answers_file_is_never_yours(mine: Project) -> None:
    ran = mine.run("eject", str(mine.root / ANSWERS))
    assert ran.code == 1 and "every update writes it" in ran.err
    assert not mine.has(SETTINGS)


@pytest.mark.parametrize("text", ["yours = 1\n", "yours = [", 'yours = "x"\n', "\0"])
def test_settings_that_are_wrong(mine: Project, text: str) -> None:
    mine.put({SETTINGS: text})
    ran = mine.run("eject", str(mine.root / "Makefile"))
    assert ran.code == 1 and SETTINGS in ran.err and ran.err.startswith("error: ")
    assert mine.read(SETTINGS) == text


def test_files_of_two_projects(mine: Project, tmp_path: Path) -> None:
    second = own(tmp_path / "second", mine.run)
    ran = mine.run("eject", str(mine.root / "Makefile"), str(second.root / "Makefile"))
    assert ran.code == 1 and "several projects" in ran.err
    assert not mine.has(SETTINGS) and not second.has(SETTINGS)


def test_the_nearest_project_is_meant(mine: Project, tmp_path: Path) -> None:
    (mine.root / ".git").rename(tmp_path / "unused")
    root = write(tmp_path / "mono", {"Makefile": "x:\n"})
    mine.root.rename(root / "svc")
    commit(root)
    mono = Project(root / "svc", mine.template, mine.run)
    assert explained(mono, "docker/Dockerfile")["path"] == "docker/Dockerfile"
    eject(mono, "docker/Dockerfile")
    assert yours(mono) == ["docker/Dockerfile"]
    ran = mono.run("explain", str(root / "Makefile"))
    assert ran.code == 1 and "no .copier-answers.yml" in ran.err


def test_a_folder_that_cannot_be_written(mine: Project) -> None:
    mine.root.chmod(0o555)
    command = ("eject", str(mine.root / "Makefile"))
    ran = spawn(*command, before=ordinary_user())
    mine.root.chmod(0o755)
    assert ran.code == 1 and "cannot be written" in ran.err
    assert not [name for name in os.listdir(mine.root) if SETTINGS in name]
