"""Which version a project is brought to."""

import pytest

from tests.unit.support import git
from tests.update.project import Project, Start
from tests.update.support import body

NOTHING = 10


@pytest.fixture
def project(start: Start) -> Project:
    """A project at v1.0.0 of a template with v2.0.0, v3.0.0, a prerelease, and main after it."""
    found = start({"v.txt": "1\n", "a.txt": body()})
    found.edit({"a.txt": body({3: "mine"})})
    for number, tag in ((2, "v2.0.0"), (3, "v3.0.0"), (4, "v4.0.0rc1"), (5, "")):
        found.template.release({"v.txt": f"{number}\n"}, tag=tag)
    return found


def test_the_newest_release(project: Project) -> None:
    told = project.told()
    assert project.read("v.txt") == "3\n"
    assert project.version() == "v3.0.0"
    source = str(project.template.root)
    assert told.report["template"] == {"source": source, "from": "v1.0.0", "to": "v3.0.0"}


TO = {
    "older-than-newest": ("v2.0.0", "2", "v2.0.0"),
    "prerelease": ("v4.0.0rc1", "4", "v4.0.0rc1"),
    "branch": ("main", "5", "v4.0.0rc1-1-g"),
    "head": ("HEAD", "5", "v4.0.0rc1-1-g"),
}


@pytest.mark.parametrize(("to", "content", "version"), TO.values(), ids=TO)
def test_a_version_by_name(project: Project, to: str, content: str, version: str) -> None:
    project.told("--to", to)
    assert project.read("v.txt") == f"{content}\n"
    assert project.version().startswith(version)


def test_a_version_by_its_commit(project: Project) -> None:
    project.told("--to", git(project.template.root, "rev-parse", "main~3"))
    assert (project.read("v.txt"), project.version()) == ("2\n", "v2.0.0")


def test_on_from_a_commit_without_a_tag(project: Project) -> None:
    project.told("--to", "main")
    project.commit()
    project.template.release({"v.txt": "6\n"}, tag="v5.0.0")
    project.told()
    assert (project.read("v.txt"), project.version()) == ("6\n", "v5.0.0")
    assert project.read("a.txt") == body({3: "mine"})


@pytest.mark.parametrize("to", ["v9.9.9", "nope", "--exec=x", "v2.0.0..v3.0.0", "@{-1}"])
def test_a_version_that_is_not_there(project: Project, to: str) -> None:
    before = project.state()
    ran = project.update(f"--to={to}")
    assert ran.code in (1, 2)
    assert to in ran.err
    assert project.state() == before


def test_an_older_version_is_refused(project: Project) -> None:
    project.told("--to", "v2.0.0")
    project.commit()
    assert "downgrade" in project.refused("--to", "v1.0.0")


def test_a_project_of_a_prerelease_does_not_go_back(project: Project) -> None:
    project.told("--to", "v4.0.0rc1")
    project.commit()
    before = project.files()
    assert project.update().code in (0, 1)
    assert project.files() == before


def test_there_is_nothing_to_do(project: Project) -> None:
    project.told()
    project.commit()
    before = project.state()
    told = project.told()
    assert told.report["changes"] == []
    assert told.report["applied"] is False
    assert "v3.0.0" in project.update().out
    assert project.update("--exit-code").code == NOTHING
    assert project.state() == before


def test_exit_code_when_there_is_something_to_do(project: Project) -> None:
    assert project.update("--exit-code", "--dry-run").code == 0
    assert project.update("--exit-code").code == 0


def test_a_second_run_changes_nothing(start: Start) -> None:
    binary = b"\x89PNG\0" + bytes(range(256))
    project = start({"a.txt": body(), "l.png": binary, "d.txt": "d\n"})
    project.edit({"a.txt": body({3: "mine"}), "l.png": binary + b"mine", "d.txt": None})
    project.template.release({"a.txt": body({28: "theirs"}), "d.txt": "d 2\n"})
    project.told()
    project.commit()
    before = project.files()
    assert project.told().report["changes"] == []
    assert project.files() == before


def test_a_template_without_tags(start: Start) -> None:
    project = start({"a.txt": body()})
    git(project.template.root, "tag", "--delete", "v1.0.0")
    commit = git(project.template.root, "rev-parse", "--short=7", "HEAD")
    answers = project.read(".copier-answers.yml")
    project.edit({".copier-answers.yml": answers.replace("v1.0.0", f"'{commit}'")})
    project.edit({"a.txt": body({3: "mine"})})
    wanted = project.template.release({"a.txt": body({28: "theirs"})}, tag="")
    assert project.told().actions == {"a.txt": "merged"}
    assert wanted.startswith(project.version())


def test_two_tags_on_one_commit(start: Start) -> None:
    project = start({"a.txt": body()})
    project.template.release({"a.txt": body({28: "theirs"})})
    git(project.template.root, "tag", "v2.0.1", "v2.0.0")
    project.told()
    project.commit()
    assert project.read("a.txt") == body({28: "theirs"})
    assert project.update("--exit-code").code == NOTHING


def test_the_newest_tag_was_moved(start: Start) -> None:
    project = start({"a.txt": body()})
    project.template.release({"a.txt": body({3: "theirs"})})
    project.told()
    project.commit()
    project.edit({"a.txt": body({3: "theirs", 20: "mine"})})
    project.template.release({"a.txt": body({3: "theirs", 28: "moved"})}, tag="")
    project.template.retag("v2.0.0")
    assert project.update().code in (0, 1)
    assert "mine\n" in project.read("a.txt")


def test_versions_without_v_and_with_more_digits(start: Start) -> None:
    project = start({"v.txt": "1\n"})
    for tag in ("9.0", "10.0.0.1", "not-a-version", "v2024-01-01x"):
        project.template.release({"v.txt": f"{tag}\n"}, tag=tag)
    project.told()
    assert (project.read("v.txt"), project.version()) == ("10.0.0.1\n", "10.0.0.1")


def test_over_several_versions_at_once(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({15: "mine"})})
    project.template.release({"a.txt": None, "b.txt": body({3: "two"})})
    project.template.release({"b.txt": None, "c.txt": body({3: "two", 28: "three"})})
    project.told()
    assert project.read("c.txt") == body({3: "two", 15: "mine", 28: "three"})
    assert not project.has("a.txt")
