"""What an update says, as text and as JSON."""

import json
import re

import pytest

from tests.update.project import Project, Start
from tests.update.support import QUESTIONS, body, put

SEED = QUESTIONS + "_skip_if_exists: [seed.txt]\ncolour: {type: str, default: red}\n"
OLD = {
    **{f"{x}.txt": body() + f"{x}\n" for x in ("both", "deleted", "gone", "merged", "mv")},
    "seed.txt": "1\n",
    "up.txt": "1\n",
}
ACTIONS = {
    "both.txt": "conflict",
    "deleted.txt": "kept-deleted",
    "gone.txt": "deleted",
    "merged.txt": "merged",
    "new.txt": "added",
    "seed.txt": "kept",
    "to.txt": "renamed",
    "up.txt": "updated",
}


@pytest.fixture
def project(start: Start) -> Project:
    """A project in which an update does one of each."""
    found = start(OLD, SEED)
    edited = {x: OLD[x].replace("line 3\n", "mine\n") for x in ("both.txt", "merged.txt")}
    found.edit({**edited, "deleted.txt": None, "seed.txt": "mine\n"})
    new = {x: OLD[x].replace("line 25\n", "theirs\n") for x in ("deleted.txt", "merged.txt")}
    both = OLD["both.txt"].replace("line 3\n", "theirs\n")
    moved = {"mv.txt": None, "to.txt": OLD["mv.txt"], "gone.txt": None, "both.txt": both}
    found.template.release({**new, **moved, "new.txt": "n\n", "seed.txt": "2\n", "up.txt": "2\n"})
    return found


LINE = re.compile(
    r"^  (?P<action>[a-z-]+) +(?P<path>\S.*?)  +(?P<owner>[a-z]+)  +(?P<reason>\S.*)$"
)


def test_text_has_a_line_for_each_file(project: Project) -> None:
    ran = project.update()
    found = [m for line in ran.out.splitlines() if (m := LINE.match(line))]
    told = {m["path"]: m["action"] for m in found}
    told["to.txt"] = told.pop("mv.txt -> to.txt")
    assert told == {**ACTIONS, ".copier-answers.yml": "updated"}
    assert {m["owner"] for m in found if m["path"] != "seed.txt"} == {"managed"}
    assert next(m["owner"] for m in found if m["path"] == "seed.txt") == "yours"
    assert ran.err == ""


def test_text_names_both_versions(project: Project) -> None:
    out = project.update().out
    assert "v1.0.0" in out
    assert "v2.0.0" in out
    assert "\x1b" not in out
    assert "--abort" in out


def test_json_has_everything(project: Project) -> None:
    told = project.told("--data", "colour=blue", code=3)
    report = told.report
    assert told.ran.err == ""
    assert told.actions == ACTIONS
    keys = {"project", "template", "dry_run", "applied", "changes", "conflicts", "answers"}
    assert set(report) == keys | {"notes", "release_notes", "follows", "branch", "commit"}
    assert report["project"] == str(project.root)
    assert (report["branch"], report["commit"], report["applied"]) == (None, None, True)
    assert report["answers"] == {"colour": {"was": "red", "now": "blue"}}
    assert report["release_notes"] == []
    assert all(set(c) == {"path", "action", "owner", "reason", "was"} for c in report["changes"])
    assert {c["path"]: c["was"] for c in report["changes"] if c["was"]} == {"to.txt": "mv.txt"}
    assert all(c["reason"] for c in report["changes"])


def test_conflicts_come_first_and_no_file_twice(project: Project) -> None:
    changes = project.told(code=3).report["changes"]
    assert [c["action"] for c in changes].index("conflict") == 0
    assert len({c["path"] for c in changes}) == len(changes)


def test_errors_are_no_json(project: Project) -> None:
    project.put({"up.txt": "dirty\n"})
    ran = project.update("--format", "json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")


def test_json_when_there_is_nothing_to_do(start: Start) -> None:
    report = json.loads(start({"a": "1\n"}).update("--format", "json").out)
    assert (report["changes"], report["conflicts"], report["applied"]) == ([], [], False)
    assert report["template"]["from"] == report["template"]["to"] == "v1.0.0"


NOTES = "## 3.0.0\n\nNew port.\n\n## 2.0.0\n\nTwo.\n\n## 1.0.0\n\nThe first.\n"


def test_release_notes_of_the_template(start: Start) -> None:
    project = start({"a": "1\n"})
    project.template.release({"a": "2\n"})
    put(project.template.root, {"CHANGELOG.md": f"# Changes\n\n{NOTES}"})
    project.template.release({"a": "3\n"})
    out = project.update("--dry-run").out
    assert "New port." in out
    assert "Two." in out
    assert "The first." not in out
    assert out.index("New port.") < out.index("  updated")


@pytest.mark.parametrize("args", [["--format", "xml"], ["--nope"], ["a", "b"]])
def test_wrong_usage(project: Project, args: list[str]) -> None:
    assert project.update(*args).code == 2
