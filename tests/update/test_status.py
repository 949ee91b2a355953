"""`agentkit status`: where a project stands, read without changing anything."""

import json
from pathlib import Path

from tests.unit.support import commit, write
from tests.update.looking import states, text, told
from tests.update.own import everything
from tests.update.project import ANSWERS, Project, Run
from tests.update.support import Link, Program


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


def test_without_a_project_there_is_an_error(agentkit: Run, tmp_path: Path) -> None:
    plain, repository = tmp_path / "plain", write(tmp_path / "repository", {"a": "1\n"})
    plain.mkdir()
    commit(repository)
    for folder in (plain, repository, tmp_path / "nowhere"):
        ran = agentkit("status", str(folder))
        assert (ran.code, ran.out) == (1, "") and ran.err.startswith("error: "), ran
