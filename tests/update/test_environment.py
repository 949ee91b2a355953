"""What the environment of a shell, a hook or a CI job must not change."""

import pytest

from tests.update.project import Project, Start
from tests.update.support import body

MERGED = body({3: "mine", 28: "theirs"})
VARIABLES = {
    "literal": """GIT_LITERAL_PATHSPECS=1 GIT_TRACE=1 GIT_TRACE_SETUP=1 GIT_CURL_VERBOSE=1
        GIT_DEFAULT_HASH=sha256 GIT_INDEX_VERSION=4 GIT_OPTIONAL_LOCKS=0 LC_ALL=C LANG=C""",
    "globs": """GIT_GLOB_PATHSPECS=1 GIT_ICASE_PATHSPECS=1 GIT_EXTERNAL_DIFF=false GIT_DIFF_OPTS=-u0
        GIT_PAGER=false GIT_EDITOR=false GIT_MERGE_VERBOSITY=5 GIT_FLUSH=1 GIT_REFLOG_ACTION=x""",
    "config": """GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=merge.renames GIT_CONFIG_VALUE_0=false
        GIT_AUTHOR_DATE=2001-01-01T01:01:01Z GIT_COMMITTER_DATE=2001-01-01T01:01:01Z""",
    "shell": """LC_ALL=de_DE.UTF-8 LANGUAGE=de LANG=de_DE.UTF-8 TZ=Asia/Tokyo COLUMNS=20 TERM=dumb
        NO_COLOR=1 FORCE_COLOR=1 CLICOLOR_FORCE=1 CI=true CDPATH=/ POSIXLY_CORRECT=1
        PYTHONOPTIMIZE=2 PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=error""",
}


@pytest.fixture
def project(start: Start) -> Project:
    """A project with an edit and a renamed file, for which there is a new version."""
    found = start({"a.txt": body(), "old.txt": body(), "[ü].txt": body()})
    found.edit({"a.txt": body({3: "mine"}), "old.txt": None, "new.txt": body()})
    new = dict.fromkeys(("a.txt", "old.txt", "[ü].txt"), body({28: "theirs"}))
    found.template.release(new)
    return found


@pytest.mark.parametrize("variables", VARIABLES.values(), ids=VARIABLES)
def test_variables(project: Project, monkeypatch: pytest.MonkeyPatch, variables: str) -> None:
    wanted = {"a.txt": "merged", "new.txt": "merged", "[ü].txt": "updated"}
    with monkeypatch.context() as patch:
        for variable in variables.split():
            patch.setenv(*variable.split("=", 1))
        assert project.told().actions == wanted
    assert project.read("a.txt") == MERGED
    assert project.read("new.txt") == body({28: "theirs"})
    assert project.git("diff", "--name-only") == ""


def test_inside_a_hook(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.chdir(project.root / ".git")
        patch.setenv("GIT_DIR", ".")
        patch.setenv("GIT_QUARANTINE_PATH", str(project.root / ".git/objects/incoming"))
        patch.setenv("GIT_OBJECT_DIRECTORY", str(project.root / ".git/objects/incoming"))
        assert project.update().code == 0
    assert project.read("a.txt") == MERGED


def test_the_text_in_a_narrow_terminal(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = project.update("--dry-run").out
    monkeypatch.setenv("COLUMNS", "20")
    assert project.update("--dry-run").out == wide
