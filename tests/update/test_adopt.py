"""`agentkit adopt`: a repository is linked to a template that it forgot, or never knew."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.support import commit, git, write
from tests.unit.terminal import ENTER, Terminal
from tests.update.own import everything
from tests.update.project import ANSWERS, Project, Run, Start
from tests.update.support import Template, body, template

CHOICES = {
    "ci": "none",
    "copyright_holder": "Ada & Co",
    "description": "It does things well.",
    "interfaces": ["http"],
    "license": "Apache-2.0",
    "pattern": "react",
    "project_name": "old-copy",
    "providers": ["anthropic", "ollama"],
    "store": "sqlite",
    "targets": ["docker", "systemd"],
}


def adopt(project: Project, *args: str) -> dict[str, Any]:
    ran = project.run("adopt", str(project.root), "--format", "json", *args)
    assert (ran.code, ran.err) == (0, ""), ran
    found: dict[str, Any] = json.loads(ran.out)
    return found


def actions(report: dict[str, Any]) -> dict[str, str]:
    return {change["path"]: change["action"] for change in report["changes"]}


def recorded(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(project.read(ANSWERS))
    return found


def forget(project: Project) -> None:
    """An old copy: no history, and no answers file."""
    shutil.rmtree(project.root / ".git")
    (project.root / ANSWERS).unlink()
    commit(project.root)


@pytest.fixture
def other(bare: Project, tmp_path: Path) -> Project:
    """The same, and a template of others with three versions."""
    made = template(tmp_path / "template", {"a.txt": body(), "n.txt": "n\n"})
    made.release({"a.txt": body({20: "second"})})
    made.release({"a.txt": body({20: "third"}), "n.txt": "3\n"})
    bare.edit({"a.txt": body({3: "mine", 20: "second"})})
    return Project(bare.root, made, bare.run)


def test_the_files_of_an_old_copy_tell_its_answers(agentkit: Run, work: Path) -> None:
    given = [
        f"{name}={','.join(value) if isinstance(value, list) else value}"
        for name, value in CHOICES.items()
    ]
    options = [word for item in given for word in ("-d", item)]
    assert agentkit("new", "old-copy", *options).code == 0
    project = Project(work / "old-copy", Template(work), agentkit)
    old = recorded(project)
    forget(project)
    project.edit({"docker/Dockerfile": "FROM scratch\n", "AGENTS.md": None, "mine.txt": "mine\n"})
    report = adopt(project, "--to", "dev")
    assert actions(report) == {
        "docker/Dockerfile": "kept",
        "AGENTS.md": "added",
        ANSWERS: "added",
    }
    assert recorded(project) == old
    assert project.read("docker/Dockerfile") == "FROM scratch\n"
    project.commit()
    status = json.loads(agentkit("status", str(project.root), "--format", "json").out)
    assert [f["path"] for f in status["files"] if f["state"] != "same"] == ["docker/Dockerfile"]
    assert project.told().report["changes"] == []


@pytest.mark.parametrize("broken", ["<<<<<<< ours\n", "_src_path: agentkit\n", None])
def test_a_broken_answers_file_is_mended_from_the_history(mine: Project, broken: str) -> None:
    text = mine.read(ANSWERS).replace("license: MIT", "license: proprietary")
    mine.edit({ANSWERS: text})  # an answer that the files do not tell
    mine.edit({ANSWERS: broken})
    assert actions(adopt(mine, "--to", "dev"))[ANSWERS] in ("updated", "added")
    assert recorded(mine)["license"] == "proprietary"


def test_a_repository_that_no_template_made(bare: Project) -> None:
    before = bare.files()
    report = adopt(bare)
    new = set(bare.files()) - set(before)
    own = dict.fromkeys(["README.md", "pyproject.toml"], "kept")
    assert actions(report) == {**dict.fromkeys(new, "added"), **own}
    assert {name: bare.files()[name] for name in before} == before
    told = recorded(bare)
    assert (told["project_name"], told["description"]) == ("cool-thing", "It is cool.")
    assert (told["targets"], told["_src_path"]) == (["docker"], "agentkit")
    assert "0 %" in report["notes"][0]
    bare.commit()
    diff = json.loads(bare.run("diff", str(bare.root), "--format", "json").out)
    assert [f["path"] for f in diff["files"]] == ["pyproject.toml"]


def test_what_comes_after_is_an_ordinary_update(other: Project) -> None:
    report = adopt(other, "--template", str(other.template.root))
    assert report["template"]["to"] == "v2.0.0"
    assert "the likest of 3" in report["notes"][0]
    assert actions(report) == {"a.txt": "kept", "n.txt": "added", ANSWERS: "added"}
    other.commit()
    assert other.told().actions == {"a.txt": "merged", "n.txt": "updated"}
    assert other.read("a.txt") == body({3: "mine", 20: "third"})


def test_version_and_answers_as_they_are_given(other: Project) -> None:
    path = str(other.template.root)
    adopt(other, "--template", path, "--to", "v1.0.0", "--data", "name=other")
    told = recorded(other)
    assert (told["_commit"], told["name"], told["_src_path"]) == ("v1.0.0", "other", path)


def test_answers_of_the_built_in_template_as_they_are_given(bare: Project) -> None:
    adopt(bare, "-d", "project_name=given", "-d", "targets=", "-d", "license=Apache-2.0")
    told = recorded(bare)
    assert (told["project_name"], told["targets"]) == ("given", [])
    assert bare.read("LICENSE").lstrip().startswith("Apache License")


def test_a_link_that_leads_nowhere_is_made_anew(mine: Project) -> None:
    mine.edit({ANSWERS: mine.read(ANSWERS).replace("_commit: dev", "_commit: v9.9.9")})
    assert mine.update().code != 0
    assert actions(adopt(mine, "--to", "dev")) == {ANSWERS: "updated"}
    assert recorded(mine)["_commit"] == "dev"


def test_a_version_that_was_changed_since_is_linked_anew(start: Start) -> None:
    project = start({"a.txt": "1\n"})
    project.edit({ANSWERS: project.read(ANSWERS) + f"_digest: {'a' * 40}\n"})
    assert "adopt" in project.refused()
    adopt(project)
    assert recorded(project)["_digest"] == git(project.template.root, "rev-parse", "v1.0.0")
    project.commit()
    assert project.told().report["changes"] == []


def test_a_dry_run_tells_the_same_and_writes_nothing(bare: Project) -> None:
    before = everything(bare.root)
    dry = adopt(bare, "--dry-run")
    assert everything(bare.root) == before
    assert {**dry, "dry_run": False, "applied": True} == adopt(bare)


def test_a_folder_whose_name_cannot_be_one(agentkit: Run, tmp_path: Path) -> None:
    root = write(tmp_path / "My Things!", {"a.txt": "1\n"})
    commit(root)
    project = Project(root, Template(root), agentkit)
    adopt(project)
    assert recorded(project)["project_name"] == "my-things"


def test_a_subfolder_of_a_repository(bare: Project, tmp_path: Path) -> None:
    (bare.root / ".git").rename(tmp_path / "unused")
    root = write(tmp_path / "mono", {"other.txt": "1\n", "Makefile": "x:\n"})
    bare.root.rename(root / "svc")
    commit(root)
    mono = Project(root / "svc", bare.template, bare.run)
    assert actions(adopt(mono))["Makefile"] == "added"
    staged = git(root, "diff", "--cached", "--name-only").splitlines()
    assert staged and all(name.startswith("svc/") for name in staged)


def test_on_a_terminal_what_was_found_is_asked(bare: Project) -> None:
    with Terminal("adopt", str(bare.root)) as screen:
        for question in ("How the agent works", "Model providers", "Where it will run"):
            screen.see(question)
            screen.press(ENTER)
        plan = screen.see("Write this?")
        screen.press("n")
        screen.see("nothing was written")
    assert "project_name: cool-thing" in plan and "README.md" in plan
    assert not bare.has(ANSWERS)
