"""The answers file: several of them, broken ones, and what else is written in it."""

from pathlib import Path

import pytest
import yaml

from tests.update.project import ANSWERS, Project, Start
from tests.update.support import QUESTIONS, Program, body, template

COLOUR = QUESTIONS + "colour: {type: str, default: red}\n"
SECOND = ".copier-answers.second.yml"


@pytest.fixture
def pair(start: Start, tmp_path: Path) -> Project:
    """A project of two templates."""
    project = start({"a.txt": body()})
    second = template(tmp_path / "second", {"b.txt": body()})
    second.generate(project.root, answers_file=SECOND)
    project.edit({"a.txt": body({3: "mine"}), "b.txt": body({3: "mine"})})
    second.release({"b.txt": body({28: "second"})})
    project.template.release({"a.txt": body({28: "first"})})
    return project


def test_one_of_two_templates(pair: Project) -> None:
    told = pair.told("--answers-file", SECOND)
    assert told.actions == {"b.txt": "merged", SECOND: "updated"}
    assert pair.read("a.txt") == body({3: "mine"})
    assert pair.read("b.txt") == body({3: "mine", 28: "second"})
    assert "v1.0.0" in pair.read(ANSWERS)
    assert "v2.0.0" in pair.read(SECOND)


def test_the_other_one_of_two_templates(pair: Project) -> None:
    assert pair.told().actions == {"a.txt": "merged"}
    assert pair.read("b.txt") == body({3: "mine"})
    assert "v1.0.0" in pair.read(SECOND)


@pytest.mark.parametrize("name", ["missing.yml", "../outside.yml", "/etc/passwd", "."])
def test_an_answers_file_that_cannot_be_used(pair: Project, name: str) -> None:
    assert name in pair.refused("--answers-file", name)


def test_the_answers_file_of_another_name(start: Start) -> None:
    project = start({"a": "1\n"}, QUESTIONS + "_answers_file: .answers.yml\n")
    project.template.release({"a": "2\n"})
    told = project.told("--answers-file", ".answers.yml")
    assert told.actions["a"] == "updated"
    assert "v2.0.0" in project.read(".answers.yml")


BROKEN = {
    "no-yaml": "a: [",
    "list": "- a\n- b\n",
    "text": "hello\n",
    "empty": "",
    "markers": "<<<<<<< yours\n_commit: v1.0.0\n=======\n_commit: v2.0.0\n>>>>>>> theirs\n",
    "no-commit": "_src_path: {source}\nname: app\n",
    "no-source": "_commit: v1.0.0\nname: app\n",
    "odd-commit": "_src_path: {source}\n_commit: [1]\n",
    "odd-source": "_src_path: {{a: 1}}\n_commit: v1.0.0\n",
    "option": "_src_path: {source}\n_commit: --upload-pack=touch\n",
    "option-source": "_src_path: --upload-pack=touch\n_commit: v1.0.0\n",
    "not-utf-8": "name: \udcff\n",
    "bomb": "a: &a [1]\nb: &b [*a, *a]\n_commit: !!python/object/apply:os.system [exit]\n",
    "unknown-version": "_src_path: {source}\n_commit: v9.9.9\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_answers_file(start: Start, text: str) -> None:
    project = start({"a": "1\n"})
    text = text.format(source=project.template.root)
    project.edit({ANSWERS: text.encode("utf-8", "surrogateescape")})
    project.template.release({"a": "2\n"})
    project.refused(codes=(1, 2))


def test_no_answers_file(start: Start) -> None:
    project = start({"a": "1\n"})
    project.edit({ANSWERS: None})
    project.template.release({"a": "2\n"})
    assert ANSWERS in project.refused()


def test_an_answers_file_that_is_a_link_out_of_the_project(start: Start, tmp_path: Path) -> None:
    project = start({"a": "1\n"})
    outside = tmp_path / "answers.yml"
    (project.root / ANSWERS).rename(outside)
    (project.root / ANSWERS).symlink_to(outside)
    project.commit()
    before = outside.read_text()
    project.template.release({"a": "2\n"})
    assert project.update().code in (0, 1, 3)
    assert outside.read_text() == before


def test_comments_and_order_in_it_do_not_conflict(start: Start) -> None:
    project = start({"a": "1\n"}, COLOUR)
    own = project.read(ANSWERS).replace("name: app\n", "").replace("# ", "# my own words; ")
    project.edit({ANSWERS: "name: app  # mine\n" + own})
    project.template.release({"a": "2\n"})
    assert project.told().actions == {"a": "updated"}
    assert project.version() == "v2.0.0"


def test_an_answer_nobody_asked_for_is_named(start: Start) -> None:
    project = start({"a": "1\n"})
    project.edit({ANSWERS: project.read(ANSWERS) + "mine: 7\n"})
    project.template.release({"a": "2\n"})
    assert "mine" in project.told().notes


@pytest.mark.parametrize("change", ["crlf", "bom", "mode", "no-newline"])
def test_what_an_editor_does_to_it(start: Start, change: str) -> None:
    project = start({"a": "1\n"})
    text = project.read(ANSWERS)
    made: dict[str, str | Program] = {
        "crlf": text.replace("\n", "\r\n"),
        "bom": "\ufeff" + text,
        "mode": Program(text),
        "no-newline": text.rstrip("\n"),
    }
    project.edit({ANSWERS: made[change]})
    project.template.release({"a": "2\n"})
    assert project.told().actions == {"a": "updated"}
    assert yaml.safe_load(project.read(ANSWERS))["_commit"] == "v2.0.0"


def test_a_new_version_without_answers_file(start: Start) -> None:
    project = start({"a": "1\n"})
    project.template.release({"a": "2\n", "{{ _copier_conf.answers_file }}.jinja": None})
    assert project.update().code in (0, 1, 3)
    assert project.version() in ("v1.0.0", "v2.0.0")


def test_a_tag_that_was_moved_loses_no_line(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "mine"}), "mine.txt": "mine\n"})
    project.template.release({"a.txt": body({3: "moved", 20: "moved"})}, tag="")
    project.template.retag("v1.0.0")
    project.template.release({"a.txt": body({28: "theirs"})}, tag="v2.0.0")
    assert project.update().code in (0, 1, 3)
    assert "mine\n" in project.read("a.txt")
    assert project.read("mine.txt") == "mine\n"
