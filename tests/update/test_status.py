"""`agentkit status`: where a project stands, read without changing anything."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.support import commit, write
from tests.update.own import everything, own
from tests.update.project import ANSWERS, CONFLICTS, Project, Run, Start
from tests.update.support import QUESTIONS, Link, Program, body

SEED = QUESTIONS + "_skip_if_exists: [seed.txt]\n"
FILES = {"a.txt": body(), "b.txt": "b\n", "seed.txt": "1\n"}


@pytest.fixture
def mine(agentkit: Run, tmp_path: Path) -> Project:
    return own(tmp_path / "my-agent", agentkit)


@pytest.fixture
def other(start: Start) -> Project:
    """A project of somebody else's template."""
    return start(FILES, SEED)


def told(project: Project, *args: str) -> dict[str, Any]:
    ran = project.run("status", str(project.root), "--format", "json", *args)
    assert (ran.code, ran.err) == (0, ""), ran
    found: dict[str, Any] = json.loads(ran.out)
    return found


def text(project: Project, *args: str) -> str:
    ran = project.run("status", str(project.root), *args)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.out


def states(report: dict[str, Any]) -> dict[str, str]:
    """What became of each file that is not as the template wrote it."""
    return {f["path"]: f["state"] for f in report["files"] if f["state"] != "same"}


def test_a_fresh_project(mine: Project) -> None:
    report = told(mine)
    assert (states(report), report["others"], report["unfinished"]) == ({}, 0, None)
    assert (report["template"]["source"], report["template"]["version"]) == ("agentkit", "dev")
    assert report["answers"]["project_name"] == "my-agent"
    assert (report["parts"]["target"], report["parts"]["ci"]) == (["docker"], ["github"])
    files = {f["path"]: (f["owner"], f["part"]) for f in report["files"]}
    assert sorted(files) == sorted(mine.files())
    assert files["docker/Dockerfile"] == ("managed", "target.docker")
    assert files["README.md"] == ("yours", "")
    assert files["pyproject.toml"] == ("shared", "")


def test_what_became_of_every_file(mine: Project) -> None:
    mine.edit({"Makefile": "all:\n", "docker/Dockerfile": None, "README.md": "2\n", "m.txt": "m\n"})
    mine.git("mv", "scripts/cleanup.sh", "back.sh")
    report = told(mine)
    assert states(report) == {
        "Makefile": "edited",
        "docker/Dockerfile": "deleted",
        "README.md": "edited",
        "back.sh": "renamed",
    }
    assert [f["was"] for f in report["files"] if f["was"]] == ["scripts/cleanup.sh"]
    assert report["others"] == 1


def test_the_text_names_what_drifted_and_with_all_the_rest(mine: Project) -> None:
    mine.edit({"Makefile": "all:\n", "README.md": "2\n"})
    mine.git("mv", "scripts/cleanup.sh", "back.sh")
    short, whole = text(mine), text(mine, "--all")
    assert "1 edited, 1 renamed" in short and "scripts/cleanup.sh -> back.sh" in short
    assert "Makefile" in short and "README.md" not in short and "pyproject.toml" not in short
    assert "target docker" in short and "my-agent: agentkit dev" in short
    assert "README.md" in whole and "pyproject.toml" in whole


def test_the_work_tree_counts_not_the_last_commit(mine: Project) -> None:
    mine.put({"Makefile": "all:\n", "AGENTS.md": None, "untracked.txt": "\n"})
    mine.git("rm", "--quiet", "--cached", "docker/Dockerfile")
    report = told(mine)
    assert states(report) == {"Makefile": "edited", "AGENTS.md": "deleted"}
    assert report["others"] == 0


def test_a_mode_and_a_link_count(mine: Project) -> None:
    mine.edit({"scripts/cleanup.sh": mine.read("scripts/cleanup.sh"), "AGENTS.md": Link("x")})
    mine.edit({"Makefile": Program(mine.read("Makefile"))})
    assert states(told(mine)) == dict.fromkeys(
        ["scripts/cleanup.sh", "AGENTS.md", "Makefile"], "edited"
    )


def test_line_ends_are_no_edit(mine: Project) -> None:
    mine.edit({"AGENTS.md": mine.read("AGENTS.md").replace("\n", "\r\n")})
    assert states(told(mine)) == {}


def test_a_folder_that_became_a_link_holds_none_of_its_files(mine: Project, tmp_path: Path) -> None:
    (mine.root / "nothing").mkdir()
    (mine.root / "docker").rename(tmp_path / "docker")
    mine.edit({"docker": Link(str(tmp_path / "docker"))})
    assert "docker/Dockerfile" in states(told(mine))


def test_answers_edited_by_hand_wait_for_the_next_update(mine: Project) -> None:
    mine.edit({ANSWERS: mine.read(ANSWERS).replace("license: MIT", "license: Apache-2.0")})
    report = told(mine)
    assert report["edited_answers"] == {"license": {"was": "MIT", "now": "Apache-2.0"}}
    assert states(report) == {ANSWERS: "edited"}
    assert "license: MIT -> Apache-2.0" in text(mine)


def test_a_comment_in_the_answers_file_is_no_edit(mine: Project) -> None:
    mine.edit({ANSWERS: "# ours\n" + mine.read(ANSWERS)})
    assert states(told(mine)) == {}


def test_nothing_at_all_is_written(mine: Project) -> None:
    mine.edit({"Makefile": "all:\n", "AGENTS.md": None})
    mine.put({"README.md": "dirty\n", "u.txt": "untracked\n"})
    mine.git("add", "README.md")
    (mine.root / "LICENSE").touch()
    before = everything(mine.root)
    for args in ((), ("--all",), ("--check",)):
        assert len(states(told(mine, *args))) == 3
    assert everything(mine.root) == before


def test_a_project_in_a_subfolder(mine: Project, tmp_path: Path) -> None:
    (mine.root / ".git").rename(tmp_path / "unused")
    root = write(tmp_path / "mono", {"other.txt": "1\n"})
    mine.root.rename(root / "svc")
    commit(root)
    mono = Project(root / "svc", mine.template, mine.run)
    mono.put({"Makefile": "all:\n"})
    report = told(mono)
    assert (states(report), report["others"]) == ({"Makefile": "edited"}, 0)


def test_the_first_release_is_read_with_the_owners_of_the_next(agentkit: Run, work: Path) -> None:
    assert agentkit("new", "old", "--ref", "0.1.0").code == 0
    report = json.loads(agentkit("status", "old", "--format", "json").out)
    owners = {f["path"]: f["owner"] for f in report["files"]}
    assert (owners["README.md"], owners["Makefile"]) == ("yours", "shared")
    assert states(report) == {}


def test_a_template_of_others(other: Project) -> None:
    other.edit({"a.txt": "2\n", "seed.txt": "2\n"})
    report = told(other)
    assert report["template"] == {
        "source": str(other.template.root),
        "version": "v1.0.0",
        "newest": "v1.0.0",
        "behind": 0,
    }
    assert {f["path"]: (f["owner"], f["state"]) for f in report["files"]} == {
        ANSWERS: ("managed", "same"),
        "a.txt": ("managed", "edited"),
        "b.txt": ("managed", "same"),
        "seed.txt": ("yours", "edited"),
    }
    assert (report["answers"], report["parts"]) == ({"name": "app"}, {})


def test_how_far_behind(other: Project) -> None:
    for tag in ("v1.1.0", "v2.0.0", "v2.1.0rc1", "nightly"):
        other.template.release({"a.txt": tag}, tag=tag)
    report = told(other)["template"]
    assert (report["newest"], report["behind"]) == ("v2.0.0", 2)
    assert "2 releases behind v2.0.0" in text(other)


def test_a_template_on_the_network_is_asked_only_when_told_to(other: Project) -> None:
    other.template.release({"a.txt": "2\n"})
    url = other.template.root.as_uri()
    other.edit({ANSWERS: other.read(ANSWERS).replace(str(other.template.root), url)})
    report = told(other)
    assert (report["files"], report["template"]["newest"]) == (None, None)
    assert "--check" in report["problems"][0] and "--check" in text(other)
    report = told(other, "--check")
    assert (states(report), report["template"]["behind"], report["problems"]) == ({}, 1, [])


@pytest.mark.parametrize("wrong", ["v9.0.0", "-x", "~/gone", "file:///gone"])
def test_what_cannot_be_told_is_said(other: Project, wrong: str) -> None:
    known = str(other.template.root) if "gone" in wrong else "v1.0.0"
    other.edit({ANSWERS: other.read(ANSWERS).replace(known, wrong)})
    report = told(other, "--check")
    assert report["files"] is None
    assert wrong in report["problems"][0]
    assert "Note: " in text(other, "--check")


def test_conflicts_are_listed_until_they_are_resolved(other: Project) -> None:
    other.edit({"a.txt": body({3: "mine"})})
    other.template.release({"a.txt": body({3: "theirs"})})
    other.conflicted()
    found = told(other)
    assert found["template"]["version"] == "v2.0.0"
    unfinished = found["unfinished"]
    assert (unfinished["state"], unfinished["conflicts"]) == ("conflicts", ["a.txt"])
    assert "a.txt" in text(other) and "--abort" in text(other)
    other.put({"a.txt": body({3: "both"})})
    other.git("add", "a.txt")
    assert told(other)["unfinished"]["state"] == "resolved"


def test_a_half_written_update_is_finished_first(other: Project) -> None:
    other.edit({"a.txt": body({3: "mine"})})
    other.template.release({"a.txt": body({3: "theirs"})})
    assert other.update().code == CONFLICTS
    journal = other.root / ".git/agentkit/journal.json"
    written = (other.root / ANSWERS).read_bytes()
    journal.write_text(journal.read_text().replace('"state": "conflicts"', '"state": "writing"'))
    (other.root / ANSWERS).unlink()  # as a kill between two writes leaves it
    ran = other.run("status", str(other.root), "--format", "json")
    assert "agentkit: an interrupted update was finished" in ran.err
    assert json.loads(ran.out)["unfinished"]["state"] == "conflicts"
    assert (other.root / ANSWERS).read_bytes() == written


def test_without_a_project_there_is_an_error(agentkit: Run, tmp_path: Path) -> None:
    plain, repository = tmp_path / "plain", write(tmp_path / "repository", {"a": "1\n"})
    plain.mkdir()
    commit(repository)
    for folder in (plain, repository, tmp_path / "nowhere"):
        ran = agentkit("status", str(folder))
        assert (ran.code, ran.out) == (1, "") and ran.err.startswith("error: "), ran
