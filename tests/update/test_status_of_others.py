"""`agentkit status` of a template of others, of old versions, and in the middle of an update."""

import json

import pytest

from tests.update.looking import states, text, told
from tests.update.project import ANSWERS, CONFLICTS, Project, Start
from tests.update.support import QUESTIONS, body

SEED = QUESTIONS + "_skip_if_exists: [seed.txt]\n"


FILES = {"a.txt": body(), "b.txt": "b\n", "seed.txt": "1\n"}


@pytest.fixture
def other(start: Start) -> Project:
    """A project of somebody else's template."""
    return start(FILES, SEED)


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
