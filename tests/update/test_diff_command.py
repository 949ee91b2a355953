"""`agentkit diff` as a command: its exit codes, its JSON, and what it refuses."""

import json

import pytest

from tests.update.project import ANSWERS, Project, Start
from tests.update.support import QUESTIONS


def test_nothing_was_changed(mine: Project) -> None:
    ran = mine.run("diff", str(mine.root), "--exit-code")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_drift_has_an_exit_code_of_its_own_only_when_asked_for(mine: Project) -> None:
    mine.put({"Makefile": "all:\n"})
    assert mine.run("diff", str(mine.root)).code == 0
    ran = mine.run("diff", str(mine.root), "--exit-code")
    assert ran.code == 1 and "--- a/Makefile\n+++ b/Makefile\n" in ran.out


def test_files_that_are_yours_or_not_of_the_template_are_no_drift(mine: Project) -> None:
    mine.edit({"README.md": "mine\n", "src/agent/tools/mine.py": "x = 1\n", "notes.txt": "\n"})
    assert mine.run("diff", str(mine.root), "--exit-code").out == ""


def test_as_json(mine: Project) -> None:
    mine.put({"Makefile": "all:\n", "docker/Dockerfile": None})
    report = json.loads(mine.run("diff", str(mine.root), "--format", "json").out)
    assert report["template"] == {"source": "agentkit", "from": "dev", "to": "dev"}
    assert [(f["path"], f["state"], f["owner"]) for f in report["files"]] == [
        ("Makefile", "edited", "shared"),
        ("docker/Dockerfile", "deleted", "managed"),
    ]
    assert report["patch"].startswith("diff --git a/Makefile b/Makefile\n")
    assert report["conflicts"] == []


def test_there_is_nothing_newer(mine: Project) -> None:
    ran = mine.run("diff", str(mine.root), "--to", "newest", "--exit-code")
    assert (ran.code, ran.out) == (0, "")


@pytest.mark.parametrize("version", ["9.9.9", "nonsense", ""])
def test_a_version_that_there_is_not(mine: Project, version: str) -> None:
    if not version:
        mine.edit({ANSWERS: mine.read(ANSWERS).replace("_commit: dev", "_commit: v9.9.9")})
    ran = mine.run("diff", str(mine.root), *(["--to", version] if version else []))
    assert ran.code in (1, 2) and ran.out == ""
    assert ran.err.startswith("error: ") and (version or "v9.9.9") in ran.err


def test_a_template_that_runs_code_is_rendered_only_with_trust(start: Start) -> None:
    questions = QUESTIONS + "_jinja_extensions: [jinja2.ext.do]\n"
    project = start({"a.txt.jinja": "{% do 1 %}{{ name }}\n"}, questions)
    project.put({"a.txt": "mine\n"})
    ran = project.run("diff", str(project.root))
    assert ran.out == "" and "--trust" in ran.err and ran.code in (1, 2)
    ran = project.run("diff", str(project.root), "--trust")
    assert ran.code == 0 and "-app\n+mine\n" in ran.out
