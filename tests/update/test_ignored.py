"""Files that git does not track here: ignored, untracked, in the way."""

from pathlib import Path

import pytest

from tests.update.project import Project, Start
from tests.update.support import body

ENV = "KEY=changeme\nA=1\nB=2\nC=3\n"


@pytest.fixture
def ignoring(start: Start) -> Project:
    """A project with a generated .env that it ignores, which the user filled in."""
    project = start({"b": "1\n", ".gitignore": ".env\n*.local\n", ".env": ENV})
    project.put({".env": ENV.replace("changeme", "s3cret")})
    assert project.git("status", "--porcelain") == ""
    return project


def test_an_ignored_file_with_values_of_the_user(ignoring: Project) -> None:
    ignoring.template.release({".env": ENV + "NEW=1\n", "b": "2\n"})
    assert ignoring.told().actions == {".env": "kept", "b": "updated"}
    assert "s3cret" in ignoring.read(".env")
    assert ignoring.git("ls-files", ".env") == ""


def test_an_ignored_file_that_the_template_drops(ignoring: Project) -> None:
    ignoring.template.release({".env": None, "b": "2\n"})
    ignoring.told()
    assert "s3cret" in ignoring.read(".env")


def test_an_ignored_file_that_is_not_there(ignoring: Project) -> None:
    ignoring.put({".env": None})
    ignoring.template.release({".env": ENV + "NEW=1\n"})
    told = ignoring.told()
    assert ".env" in told.ran.out
    assert ignoring.git("ls-files", ".env") == ""


def test_a_new_file_that_the_user_ignores(ignoring: Project) -> None:
    ignoring.put({"x.local": "s3cret\n"})
    ignoring.template.release({"x.local": "theirs\n", "y.local": "theirs\n"})
    told = ignoring.told()
    assert ignoring.read("x.local") == "s3cret\n"
    assert ignoring.git("ls-files", "*.local") == ""
    assert "x.local" in told.ran.out
    assert "y.local" in told.ran.out


def test_a_tracked_file_that_is_ignored_too(ignoring: Project) -> None:
    ignoring.template.release({"t.local": body()})
    ignoring.put({"t.local": body({3: "mine"})})
    ignoring.git("add", "--force", "t.local")
    ignoring.git("commit", "--quiet", "--message", "mine")
    assert ignoring.conflicted().actions == {"t.local": "conflict"}
    assert "mine\n" in ignoring.read("t.local")


def test_edits_of_a_tracked_file_that_is_ignored_too(start: Start) -> None:
    project = start({"a.cfg": body(), ".gitignore": "*.cfg\n"})
    project.commit("--force")
    project.edit({"a.cfg": body({3: "mine"})})
    project.template.release({"a.cfg": body({28: "theirs"})})
    assert project.told().actions == {"a.cfg": "merged"}
    assert project.read("a.cfg") == body({3: "mine", 28: "theirs"})


def test_a_tracked_file_that_the_user_ignores_everywhere(start: Start, home: Path) -> None:
    project = start({"a.cfg": body(), "b": "1\n"})
    project.edit({"a.cfg": body({3: "mine"})})
    (home / "ignore").write_text("*.cfg\n")
    project.git("config", "--global", "core.excludesFile", str(home / "ignore"))
    project.template.release({"a.cfg": body({28: "theirs"}), "b": "2\n"})
    assert project.told().actions == {"a.cfg": "merged", "b": "updated"}
    assert project.read("a.cfg") == body({3: "mine", 28: "theirs"})


def test_a_new_file_that_the_user_ignores_in_this_clone_only(start: Start) -> None:
    project = start({"b": "1\n"})
    project.put({".git/info/exclude": "secret.txt\n", "secret.txt": "s3cret\n"})
    project.template.release({"secret.txt": "theirs\n", "b": "2\n"})
    project.told()
    assert project.read("secret.txt") == "s3cret\n"


def test_the_new_version_ignores_what_is_tracked(start: Start) -> None:
    project = start({"a.txt": body(), ".gitignore": "x\n"})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": body({28: "theirs"}), ".gitignore": "x\n*.txt\n"})
    project.told()
    assert project.read("a.txt") == body({3: "mine", 28: "theirs"})


def test_what_is_untracked_is_left_alone(start: Start) -> None:
    project = start({"a/a.txt": body(), "gone/g.txt": "g\n", ".gitignore": "node_modules/\n"})
    mine = {"node_modules/m.js": "m\n", "a/new.txt": "n\n", "gone/mine.txt": "m\n", "x": "x\n"}
    project.put(mine)
    project.template.release({"a/a.txt": body({28: "theirs"}), "gone/g.txt": None})
    project.told()
    assert {name: project.read(name) for name in mine} == mine
    untracked = project.git("ls-files", "--others", "--exclude-standard").splitlines()
    assert set(untracked) == {*mine} - {"node_modules/m.js"}


@pytest.mark.parametrize("shown", ["no", "normal", "all"])
def test_an_untracked_file_in_the_way(start: Start, shown: str) -> None:
    project = start({"a.txt": body()})
    project.git("config", "--global", "status.showUntrackedFiles", shown)
    project.put({"docs/notes.md": "my private notes\n"})
    project.template.release({"a.txt": body({28: "theirs"}), "docs/notes.md": "theirs\n"})
    assert "docs/notes.md" in project.refused()
    assert project.read("docs/notes.md") == "my private notes\n"


WAYS = {
    "folder": ({"notes/mine.txt": "mine\n"}, {"notes": "theirs\n"}),
    "file": ({"notes": "mine\n"}, {"notes/a.txt": "theirs\n"}),
    "rename": ({"b.txt": "mine\n"}, {"a.txt": None, "b.txt": body()}),
}


@pytest.mark.parametrize(("mine", "theirs"), WAYS.values(), ids=WAYS)
def test_something_untracked_in_the_way(
    start: Start, mine: dict[str, str], theirs: dict[str, str | None]
) -> None:
    project = start({"a.txt": body()})
    project.put(mine)
    project.template.release(theirs)
    assert next(iter(mine)).split("/")[0] in project.refused()


@pytest.mark.parametrize(("mine", "theirs"), list(WAYS.values())[:2], ids=list(WAYS)[:2])
def test_something_ignored_in_the_way(
    start: Start, mine: dict[str, str], theirs: dict[str, str | None]
) -> None:
    project = start({"a.txt": body(), ".gitignore": "notes\n"})
    project.put(mine)
    project.template.release(theirs)
    assert project.update().code in (0, 1)
    assert {name: project.read(name) for name in mine} == mine


def test_a_nested_repository_is_left_alone(start: Start) -> None:
    project = start({"a.txt": body(), "lib/l.txt": "l\n"})
    project.edit({"lib/l.txt": None})
    nested = project.root / "lib"
    project.put({"lib/mine.txt": "mine\n"})
    project.git("init", "--quiet", str(nested))
    project.template.release({"a.txt": body({28: "theirs"}), "lib/new.txt": "new\n"})
    ran = project.update()
    assert ran.code in (0, 1), ran
    assert project.read("lib/mine.txt") == "mine\n"
    assert (nested / ".git/HEAD").exists()
