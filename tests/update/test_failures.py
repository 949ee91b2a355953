"""What goes wrong on the way leaves the project as it was, and is said in a sentence."""

import shutil
from pathlib import Path

import pytest

from tests.unit.support import git, ordinary_user, program, spawn
from tests.update.project import ANSWERS, Start
from tests.update.support import QUESTIONS, body, put


@pytest.mark.parametrize("source", ["https://localhost:1/x/y.git", "/nowhere/x.git", "git@-x:y"])
def test_a_template_that_cannot_be_reached(start: Start, source: str) -> None:
    project = start({"a": "1\n"})
    project.template.release({"a": "2\n"})
    answers = project.read(ANSWERS).replace(str(project.template.root), source)
    project.edit({ANSWERS: answers})
    assert source in project.refused()


BAD = {
    "division": "{{ 1 // 0 }}\n",
    "syntax": "{% if %}\n",
    "undefined": "{{ nothing.at.all }}\n",
    "include": "{% include 'missing.jinja' %}\n",
    "endless": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}\n",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_the_new_version_cannot_be_rendered(start: Start, text: str) -> None:
    project = start({"a.txt": body(), "m.txt": "m\n"})
    files = {"a.txt": body(end="more\n"), "m.txt": None, "m.txt.jinja": text, "zz.txt": "z\n"}
    project.template.release(files)
    assert "m.txt" in project.refused() or text == BAD["endless"]


def test_the_old_version_cannot_be_rendered_any_more(start: Start) -> None:
    project = start({"a.txt": body()})
    project.template.release({"m.txt.jinja": BAD["division"]}, tag="")
    project.template.retag("v1.0.0")
    project.template.release({"m.txt.jinja": None, "a.txt": body({3: "theirs"})}, tag="v2.0.0")
    assert "v1.0.0" in project.refused()


SETTINGS = {
    "no-yaml": "name: [\n",
    "list": "- name\n",
    "too-new": QUESTIONS + "_min_copier_version: '99'\n",
    "outside": QUESTIONS + "_subdirectory: ../..\n",
    "unknown-type": "name: {type: colour}\n",
    "bad-default": "name: {type: int, default: many}\n",
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_settings_of_the_new_version_are_wrong(start: Start, settings: str) -> None:
    project = start({"a.txt": body()})
    put(project.template.root, {"copier.yml": settings})
    project.template.release({"a.txt": body({3: "theirs"})})
    project.refused(codes=(1, 2))


def test_the_new_version_has_no_settings_at_all(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"})
    project.edit({"a.txt": body({3: "mine"})})
    put(project.template.root, {"copier.yml": None})
    project.template.release({"a.txt": body({28: "theirs"})})
    assert project.update().code in (0, 1, 3)
    assert any(b"mine\n" in content for content in project.files().values())


def test_tasks_and_migrations_are_only_listed(start: Start, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    tasks = QUESTIONS + f"_tasks: ['echo >>{ran}']\n"
    project = start({"a": "1\n"}, tasks)
    ran.unlink()
    more = f"_migrations: [{{version: v2.0.0, command: 'exit 7 >>{ran}'}}]\n"
    project.template.release({"a": "2\n"}, tasks + more)
    notes = project.told().notes
    assert f"echo >>{ran}" in notes
    assert f"exit 7 >>{ran}" in notes
    assert not ran.exists()
    assert project.read("a") == "2\n"


def test_they_are_not_run_for_those_who_trust_either(start: Start, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    project = start({"a": "1\n"})
    migration = f"_migrations: ['touch {ran}']\n_tasks: ['touch {ran}', 'exit 7']\n"
    project.template.release({"a": "2\n"}, QUESTIONS + migration)
    project.told("--trust")
    assert not ran.exists()


EXTENSION = QUESTIONS + "_jinja_extensions: [jinja2.ext.do]\n"


@pytest.mark.parametrize("old", [True, False], ids=["old", "new"])
def test_a_version_that_runs_code_needs_trust(start: Start, old: bool) -> None:
    project = start({"a": "1\n"}, EXTENSION if old else QUESTIONS)
    project.template.release({"a": "2\n"}, QUESTIONS if old else EXTENSION)
    said = project.refused(codes=(1, 2))
    assert "jinja2.ext.do" in said
    assert "--trust" in said
    assert project.told("--trust").actions == {"a": "updated"}


def test_a_template_does_not_become_trusted_by_its_address(start: Start, home: Path) -> None:
    project = start({"a": "1\n"})
    project.template.release({"a": "2\n"}, EXTENSION)
    (home / "settings.yml").write_text(f"trust: ['{project.template.root}']\n")
    assert project.update().code in (1, 2)
    assert project.read("a") == "1\n"


@pytest.mark.parametrize("inside", [False, True], ids=["folder", "git"])
def test_a_project_that_cannot_be_written(start: Start, inside: bool) -> None:
    project = start({"sub/a.txt": body()})
    project.template.release({"sub/a.txt": body({28: "theirs"}), "sub/b.txt": "b\n"})
    before = project.files()
    closed = project.root / (".git" if inside else "sub")
    closed.chmod(0o555)
    ran = spawn("update", str(project.root), before=ordinary_user())
    closed.chmod(0o755)
    assert ran.code == 1, ran
    assert "Traceback" not in ran.err
    assert ran.err.startswith("error: ")
    assert project.files() == before
    assert project.git("status", "--porcelain") == ""


OLD_GIT = """
case " $* " in
*" version "*) echo git version 2.34.1 ;;
*" merge-tree "*) echo usage >&2; exit 129 ;;
*) exec {} "$@" ;;
esac
"""


def test_git_is_too_old(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = start({"a": "1\n"})
    project.template.release({"a": "2\n"})
    before = project.files()
    with monkeypatch.context() as patch:
        program(tmp_path / "bin", "git", OLD_GIT.format(shutil.which("git")))
        patch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
        ran = project.update()
    assert ran.code == 1
    assert "2.38" in ran.err
    assert project.files() == before


def test_the_template_has_lost_its_history(start: Start) -> None:
    project = start({"a": "1\n"})
    root = project.template.root
    put(root, {"project/a": "2\n"})
    git(root, "checkout", "--quiet", "--orphan", "fresh")
    project.template.release({"a": "2\n"}, tag="v2.0.0")
    git(root, "tag", "--delete", "v1.0.0")
    assert "v1.0.0" in project.refused(codes=(1, 2))
