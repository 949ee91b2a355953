"""Where a project can be made, and what is refused and left as it was."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.support import STAGING, Ran, committed, git, ordinary_user, spawn, tree, without

Run = Callable[..., Ran]

GOOD = {
    "new": "my-agent",
    "slash": "my-agent/",
    "nested": "a/b/c/my-agent",
    "spaces-above": "my projects/my-agent",
    "dots": "a/../my-agent",
    "umlaut-above": "Bücher/my-agent",
    "shell-above": "$HOME;'\"/my-agent",
}


@pytest.mark.parametrize("path", GOOD.values(), ids=GOOD)
def test_a_place_for_a_project(agentkit: Run, work: Path, path: str) -> None:
    (work / "a").mkdir() if ".." in path else None
    ran = agentkit("new", path, "--defaults")
    assert (ran.code, ran.err) == (0, "")
    committed(work / path)
    assert not list(work.rglob(STAGING))


def test_the_way_there_can_be_pasted(agentkit: Run) -> None:
    assert "\n  cd 'my projects/my-agent'\n" in agentkit("new", "my projects/my-agent").out


def test_the_name_can_differ_from_the_folder(agentkit: Run, work: Path) -> None:
    assert agentkit("new", "Some Folder", "-d", "project_name=my-agent").code == 0
    assert "my-agent" in (work / "Some Folder/.copier-answers.yml").read_text()


def test_the_name_alone_makes_the_folder(agentkit: Run, work: Path) -> None:
    assert agentkit("new", "-d", "project_name=my-agent").code == 0
    committed(work / "my-agent")


def test_an_empty_folder_is_filled(agentkit: Run, work: Path) -> None:
    (work / "my-agent").mkdir()
    assert agentkit("new", "my-agent", "--defaults").code == 0
    committed(work / "my-agent")


@pytest.mark.parametrize("path", [".", "../my-agent", "./"])
def test_the_empty_folder_one_stands_in(work: Path, path: str) -> None:
    here = work / "my-agent"
    here.mkdir()
    ran = spawn("new", path, "--defaults", cwd=here)
    assert ran.code == 0, ran.err
    committed(here)
    assert f"cd {here}" in ran.out


def test_a_folder_that_is_gone(work: Path) -> None:
    (work / "gone").mkdir()
    ran = spawn(
        "new", "x", "--defaults", before=["sh", "-c", 'cd gone; rmdir ../gone; exec "$@"', ""]
    )
    assert ran == Ran(1, "", 'error: the folder you stand in is gone\n  cd "$PWD"\n')


def test_a_link_to_an_empty_folder_stays_a_link(agentkit: Run, work: Path) -> None:
    (work / "disk").mkdir()
    (work / "my-agent").symlink_to("disk")
    assert agentkit("new", "my-agent", "--defaults").code == 0
    assert os.readlink(work / "my-agent") == "disk"
    committed(work / "disk")


def occupied(work: Path) -> dict[str, object]:
    return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_mode) for p in work.rglob("*")} | tree(
        work
    )


IN_THE_WAY = {
    "file-in-it": (["mkdir my-agent", "echo mine > my-agent/notes"], "not empty"),
    "hidden-file-in-it": (["mkdir my-agent", "touch my-agent/.keep"], "not empty"),
    "folder-in-it": (["mkdir -p my-agent/src"], "not empty"),
    "repository": (["git init -q my-agent"], "not empty"),
    "file": (["echo mine > my-agent"], "a file"),
    "link-to-file": (["echo mine > it", "ln -s it my-agent"], "a file"),
    "link-to-nothing": (["ln -s nowhere my-agent"], "a link to nothing"),
    "link-to-itself": (["ln -s my-agent my-agent"], "a link"),
    "link-to-full": (["mkdir it", "touch it/x", "ln -s it my-agent"], "not empty"),
    "pipe": (["mkfifo my-agent"], "a file"),
}


@pytest.mark.parametrize(("shell", "word"), IN_THE_WAY.values(), ids=IN_THE_WAY)
@pytest.mark.parametrize("how", ["now", "dry-run", "json"])
def test_what_is_in_the_way_is_left_alone(
    agentkit: Run, work: Path, shell: list[str], word: str, how: str
) -> None:
    os.system("; ".join(shell))
    before = occupied(work)
    extra = {"now": [], "dry-run": ["--dry-run"], "json": ["--format", "json"]}[how]
    ran = agentkit("new", "my-agent", "--defaults", *extra)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error: {work}/my-agent: this ")
    assert word in ran.err
    assert occupied(work) == before


@pytest.mark.parametrize("folder", ["repo/.git", "repo/.git/a", "repo/.GIT"])
def test_inside_gits_own_folder(agentkit: Run, work: Path, folder: str) -> None:
    git(work, "init", "--quiet", "repo")
    before = occupied(work)
    ran = agentkit("new", f"{folder}/my-agent", "--defaults")
    assert ran.code == 1
    assert "git's own folder" in ran.err
    assert occupied(work) == before


def test_a_file_on_the_way(agentkit: Run, work: Path) -> None:
    (work / "a").write_text("mine")
    ran = agentkit("new", "a/b/my-agent", "--defaults")
    assert ran.code == 1
    assert f"{work}/a" in ran.err
    assert tree(work) == {"a": b"mine"}


@pytest.mark.parametrize(
    ("mode", "path"),
    [(0o555, "shut/my-agent"), (0o555, "shut/a/b/my-agent"), (0, "shut/my-agent")],
    ids=["read-only", "read-only-above", "unreadable"],
)
def test_a_folder_without_permission(work: Path, mode: int, path: str) -> None:
    (work / "shut").mkdir(mode=mode)
    ran = spawn("new", path, "--defaults", before=ordinary_user())
    (work / "shut").chmod(0o755)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error: {work}/shut")
    assert "Permission denied" in ran.err
    assert not list((work / "shut").iterdir())


def test_a_full_disk(work: Path) -> None:
    limited = ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh"]
    ran = spawn("new", "a/my-agent", "--defaults", before=limited)
    assert ran.code == 1
    assert "File too large" in ran.err
    assert "Traceback" not in ran.err
    assert not list(work.iterdir())


def test_without_git_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, agentkit: Run, tmp_path: Path, work: Path
) -> None:
    monkeypatch.setenv("PATH", without("git", folder=tmp_path / "bin"))
    ran = agentkit("new", "a/my-agent", "--defaults")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: git is not installed\n  install git, or use --no-git\n"
    assert not list(work.iterdir())


@pytest.mark.parametrize("git_is", ["there", "absent"])
def test_no_git_on_request(
    monkeypatch: pytest.MonkeyPatch, agentkit: Run, tmp_path: Path, work: Path, git_is: str
) -> None:
    if git_is == "absent":
        monkeypatch.setenv("PATH", without("git", folder=tmp_path / "bin"))
    ran = agentkit("new", "my-agent", "--no-git", "--defaults", "--format", "json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.out)
    assert not told["committed"]
    assert not (work / "my-agent/.git").exists()
    assert [f["path"] for f in told["files"]] == list(tree(work / "my-agent"))
