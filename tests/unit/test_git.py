"""The first commit: made whatever the user's git is set up to do."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.support import Ran, committed, git, program, spawn, tree, write

Run = Callable[..., Ran]
HOOK = "touch $HOME/hook-ran; exit 1"

SETTINGS = {
    "plain": "",
    "sign-commits": "[commit]\n\tgpgsign = true\n[user]\n\tsigningkey = nobody\n",
    "autocrlf": "[core]\n\tautocrlf = true\n\tsafecrlf = true\n",
    "autocrlf-input": "[core]\n\tautocrlf = input\n\tsafecrlf = true\n",
    "excludes": "[core]\n\texcludesFile = {home}/ignore\n",
    "hooks-path": "[core]\n\thooksPath = {home}/hooks\n",
    "template-dir": "[init]\n\ttemplateDir = {home}/skeleton\n",
    "branch": "[init]\n\tdefaultBranch = trunk\n",
    "commit-template": "[commit]\n\ttemplate = {home}/nowhere\n\tverbose = true\n",
    "status": "[status]\n\tshowUntrackedFiles = no\n",
    "fsmonitor": "[core]\n\tuntrackedCache = true\n\tfsyncMethod = fsync\n",
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_no_setting_of_the_user_breaks_the_commit(
    agentkit: Run, home: Path, work: Path, settings: str
) -> None:
    write(home, {"ignore": "*.template\n.env*\n*.yml\nMakefile\n"})
    for folder in ("hooks", "skeleton/hooks"):
        (home / folder).mkdir(parents=True)
        for hook in ("pre-commit", "commit-msg", "prepare-commit-msg", "post-commit"):
            program(home / folder, hook, HOOK)
    config = home / ".gitconfig"
    config.write_text(config.read_text() + settings.format(home=home))
    ran = agentkit("new", "my-agent", "--defaults")
    assert (ran.code, ran.err) == (0, "")
    assert "Note" not in ran.out
    assert not (home / "hook-ran").exists()
    committed(work / "my-agent")
    assert git(work / "my-agent", "log", "--format=%an %s") == "Ada Generate from agentkit dev"
    assert git(work / "my-agent", "branch", "--show-current") == (
        "trunk" if "trunk" in settings else "main"
    )


EXPORTED = {
    "GIT_DIR": "{outer}/.git",
    "GIT_WORK_TREE": "{outer}",
    "GIT_INDEX_FILE": "{outer}/.git/index",
    "GIT_OBJECT_DIRECTORY": "{outer}/.git/objects",
    "GIT_COMMON_DIR": "{outer}/.git",
    "GIT_TEMPLATE_DIR": "{home}/skeleton",
    "GIT_NAMESPACE": "other",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_TRACE": "1",
    "GIT_QUARANTINE_PATH": "{outer}/.git/objects",
    "GIT_DEFAULT_HASH": "sha256",
}


@pytest.mark.parametrize("name", EXPORTED)
def test_what_a_hook_exports_does_not_mislead(
    agentkit: Run,
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    work: Path,
    tmp_path: Path,
    name: str,
) -> None:
    outer = tmp_path / "outer"
    git(tmp_path, "init", "--quiet", str(outer))
    program(home / "skeleton", "hook", HOOK)
    before = tree(outer / ".git")
    monkeypatch.setenv(name, EXPORTED[name].format(outer=outer, home=home))
    ran = agentkit("new", "my-agent", "--defaults")
    monkeypatch.delenv(name)
    assert ran.code == 0, ran.err
    assert committed(work / "my-agent")
    assert tree(outer / ".git") == before


NOBODY = {
    "nothing": "",
    "name-only": "[user]\n\tname = Ada\n",
    "config-only": "[user]\n\tuseConfigOnly = true\n",
    "empty": "[user]\n\tname =\n\temail =\n",
}


@pytest.mark.parametrize("settings", NOBODY.values(), ids=NOBODY)
def test_without_an_identity_it_is_committed_with_a_note(
    agentkit: Run, home: Path, work: Path, settings: str
) -> None:
    (home / ".gitconfig").write_text(settings or "[user]\n\tuseConfigOnly = true\n")
    ran = agentkit("new", "my-agent", "--defaults", "--format", "json")
    assert ran.code == 0, ran.err
    committed(work / "my-agent")
    author = git(work / "my-agent", "log", "--format=%an <%ae>")
    notes = json.loads(ran.out)["notes"]
    guessed = author.startswith("Ada") and not notes  # git made up an address for this machine
    told = author == "agentkit <agentkit@localhost>" and "user.email" in notes[0]
    assert guessed or told


def test_inside_another_repository_there_is_no_second_one(agentkit: Run, work: Path) -> None:
    git(work, "init", "--quiet", "outer")
    ran = agentkit("new", "outer/services/my-agent", "--defaults")
    assert ran.code == 0
    assert f"Note: not committed: {work}/outer is a git repository already\n" in ran.out
    assert not (work / "outer/services/my-agent/.git").exists()
    assert git(work / "outer", "status", "--porcelain") == "?? services/"


def test_inside_another_repository_by_a_link(agentkit: Run, work: Path) -> None:
    git(work, "init", "--quiet", "outer")
    (work / "outer/services").mkdir()
    (work / "link").symlink_to("outer/services")
    ran = agentkit("new", "link/my-agent", "--defaults")
    assert "not committed" in ran.out
    assert not (work / "outer/services/my-agent/.git").exists()


def test_inside_a_worktree_of_another_repository(agentkit: Run, work: Path) -> None:
    git(work, "init", "--quiet", "outer")
    git(work / "outer", "commit", "--quiet", "--allow-empty", "--message", "x")
    git(work / "outer", "worktree", "add", "--quiet", "../side")
    assert "not committed" in agentkit("new", "side/my-agent", "--defaults").out


@pytest.mark.parametrize("ignored", ["/build/", "my-agent/", "*"])
def test_where_the_other_repository_ignores_it_it_is_its_own(
    agentkit: Run, work: Path, ignored: str
) -> None:
    git(work, "init", "--quiet", "outer")
    (work / "outer/.gitignore").write_text(ignored + "\n")
    ran = agentkit("new", "outer/build/my-agent", "--defaults")
    assert "Note" not in ran.out
    committed(work / "outer/build/my-agent")


def test_beside_an_empty_git_folder_it_is_its_own(agentkit: Run, work: Path) -> None:
    (work / ".git").mkdir()
    assert "Note" not in agentkit("new", "my-agent", "--defaults").out
    committed(work / "my-agent")


def test_a_git_that_fails_is_quoted(work: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "git", 'echo "fatal: no room" >&2; exit 128')
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    ran = spawn("new", "my-agent", "--defaults", env=os.environ | {"PATH": path})
    assert ran.code == 1
    assert "git init failed: fatal: no room" in ran.err
    assert not list(work.iterdir())
