"""What a user has set for his git must not change, or break, an update."""

from pathlib import Path

import pytest

from tests.unit.support import Ran, git, program
from tests.update.project import Project, Start
from tests.update.support import body

MERGED = body({3: "mine", 28: "theirs"})


@pytest.fixture
def project(start: Start) -> Project:
    """A project to merge in, with a file that the user renamed, and one that the template did."""
    found = start({"a.txt": body(), "old.txt": body(), "ï.txt": body(), "mv.txt": "m\n" * 9})
    found.edit({"a.txt": body({3: "mine"}), "old.txt": None, "new.txt": body()})
    new = {"a.txt": body({28: "theirs"}), "ï.txt": body({28: "theirs"}), "mv.txt": None}
    found.template.release({**new, "old.txt": body({28: "theirs"}), "to.txt": "m\n" * 9})
    return found


SETTINGS = {
    "missing": """core.hooksPath=/none commit.template=/none core.fsmonitor=/none core.pager=false
        core.editor=false diff.external=false gpg.program=false commit.gpgSign=true
        user.signingKey=nobody tag.gpgSign=true log.showSignature=true""",
    "renames": """merge.renames=false diff.renames=false merge.renameLimit=1 diff.renameLimit=1
        merge.directoryRenames=false core.quotePath=true core.abbrev=4 color.ui=always
        status.short=true status.branch=true i18n.logOutputEncoding=latin-1""",
    "copies": """diff.renames=copies merge.directoryRenames=conflict merge.ff=only pull.rebase=true
        apply.whitespace=error-all core.whitespace=trailing-space,cr-at-eol core.autocrlf=input
        core.safecrlf=true commit.cleanup=strip""",
    "diff3": """merge.conflictStyle=diff3 diff.noprefix=true diff.relative=true merge.verbosity=5
        diff.algorithm=patience diff.ignoreSubmodules=all diff.context=0
        status.showUntrackedFiles=no core.untrackedCache=true submodule.recurse=true""",
    "zdiff3": """merge.conflictStyle=zdiff3 diff.mnemonicPrefix=true merge.renormalize=true
        rerere.enabled=true rerere.autoUpdate=true merge.default=union gc.auto=1 core.fsync=all
        core.compression=0""",
    "strict": """protocol.allow=user user.useConfigOnly=true safe.bareRepository=explicit
        fetch.fsckObjects=true init.defaultBranch=trunk core.trustctime=false column.ui=always""",
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_settings_of_the_user(project: Project, settings: str) -> None:
    for setting in settings.split():
        project.git("config", "--global", *setting.split("=", 1))
    wanted = {"a.txt": "merged", "ï.txt": "updated", "new.txt": "merged", "to.txt": "renamed"}
    assert project.told().actions == wanted
    assert project.read("a.txt") == MERGED
    assert project.read("new.txt") == body({28: "theirs"})
    assert (project.has("old.txt"), project.has("mv.txt")) == (False, False)


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_markers_in_every_style_of_conflicts(project: Project, style: str) -> None:
    project.git("config", "--global", "merge.conflictStyle", style)
    project.edit({"a.txt": body({28: "mine"})})
    project.conflicted()
    text = "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template v2.0.0"
    assert project.read("a.txt") == body({28: text})


def test_hooks_of_the_user_do_not_run(project: Project, tmp_path: Path, home: Path) -> None:
    log = tmp_path / "ran"
    hooks = ("pre-commit", "commit-msg", "post-commit", "post-checkout", "post-index-change")
    for name in (*hooks, "reference-transaction", "pre-merge-commit", "prepare-commit-msg"):
        script = f"echo {name} >>'{log}'; exit 1"
        program(home / "hooks", name, script)
        program(project.root / ".git/hooks", name, script)
    for config in (["--local"], ["--global", "core.hooksPath", str(home / "hooks")]):
        if len(config) > 1:
            project.git("config", *config)
        log.unlink(missing_ok=True)
        ran = project.update("--branch", "--dry-run")
        assert ran.code == 0, ran
        assert not log.exists()
    assert project.update().code == 0
    assert not log.exists()
    assert project.read("a.txt") == MERGED


def test_new_repositories_have_hooks(project: Project, tmp_path: Path, home: Path) -> None:
    program(home / "template", "x", "")
    program(home / "template/hooks", "post-checkout", f"touch '{tmp_path}/ran'; exit 1")
    project.git("config", "--global", "init.templateDir", str(home / "template"))
    project.told()
    assert not (tmp_path / "ran").exists()


def test_crlf_in_the_work_tree(project: Project) -> None:
    project.git("config", "--global", "core.autocrlf", "true")
    for name in project.git("ls-files", "-z").strip("\0").split("\0"):
        (project.root / name).unlink()
    project.git("checkout", "--quiet", "--", ".")
    assert project.read("a.txt") == body({3: "mine"}).replace("\n", "\r\n")
    project.told()
    assert project.read("a.txt") == MERGED.replace("\n", "\r\n")
    assert project.read("to.txt") == "m\r\n" * 9
    assert project.git("show", ":a.txt") == MERGED.strip()
    assert project.git("diff", "--name-only") == ""


ATTRIBUTES = {
    "eol": ("*.txt text eol=crlf\n", "\r\n"),
    "auto": ("* text=auto\n", "\n"),
    "filter": ("*.txt filter=case\n", "\n"),
    "missing-filter": ("*.txt filter=missing\n", "\n"),
    "ident": ("*.txt ident\n", "\n"),
    "no-diff": ("*.txt -diff\n", "\n"),
    "own-driver": ("*.txt merge=mine\n", "\n"),
}


@pytest.mark.parametrize(("text", "eol"), ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_attributes(project: Project, text: str, eol: str) -> None:
    project.git("config", "filter.case.clean", "tr A-Z a-z")
    project.git("config", "filter.case.smudge", "tr a-z A-Z")
    project.edit({".gitattributes": text})
    project.told()
    assert project.git("show", ":a.txt") == MERGED.strip()
    upper = "filter=case" in text
    assert project.read("a.txt") == (MERGED.upper() if upper else MERGED).replace("\n", eol)
    assert project.git("diff", "--name-only") == ""


def test_a_file_that_must_not_be_merged_as_text(project: Project) -> None:
    project.edit({".gitattributes": "a.txt -merge\n"})
    assert project.conflicted().report["conflicts"] == ["a.txt"]
    assert project.read("a.txt") == body({3: "mine"})


@pytest.mark.parametrize("args", [(), ("--branch",)], ids=["here", "branch"])
def test_nobody_has_an_identity(project: Project, home: Path, args: tuple[str, ...]) -> None:
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    assert project.update(*args).code == 0


def test_git_variables_that_a_hook_exports(
    project: Project, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, count = project.git("rev-parse", "HEAD"), project.git("rev-list", "--count", "--all")
    with monkeypatch.context() as patch:
        patch.setenv("GIT_DIR", str(project.root / ".git"))
        patch.setenv("GIT_INDEX_FILE", str(project.root / ".git/index"))
        patch.setenv("GIT_WORK_TREE", str(tmp_path))
        patch.chdir(project.root)
        assert project.run("update").code == 0
    assert project.git("rev-parse", "HEAD") == head
    assert project.git("rev-list", "--count", "--all") == count
    assert project.read("a.txt") == MERGED


def test_a_repository_of_somebody_else(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = project.files()
    with monkeypatch.context() as patch:
        patch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        ran: Ran = project.update()
    assert ran.code == 1
    assert "safe.directory" in ran.err
    assert project.files() == before
    assert git(project.root, "status", "--porcelain") == ""
