"""Answers that change, get lost, or are asked anew."""

import pytest
import yaml

from tests.update.project import ANSWERS, Project, Start
from tests.update.support import QUESTIONS, body

COLOUR = QUESTIONS + "colour: {type: str, default: red}\n"
CHOICE = QUESTIONS + "colour: {type: str, choices: [red, green], default: red}\n"
SEVERAL = QUESTIONS + "p: {type: str, multiselect: true, choices: [x, y, z], default: [x, y]}\n"
FEWER = QUESTIONS + "p: {type: str, multiselect: true, choices: [x, z], default: [x]}\n"
TEXT = body({3: "colour={{ colour }}"})
LATER = body({3: "colour={{ colour }}", 28: "theirs"})


def recorded(project: Project) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(project.read(ANSWERS))
    return {name: value for name, value in found.items() if name[0] != "_"}


def test_a_new_question_without_default(start: Start) -> None:
    project = start({"a": "1\n"})
    project.template.release({"a": "2\n"}, QUESTIONS + "team: {type: str}\n")
    assert "team" in project.refused(codes=(1, 2))
    assert project.told("--data", "team=blue").actions == {"a": "updated"}
    assert recorded(project) == {"name": "app", "team": "blue"}


def test_a_new_question_with_a_default(start: Start) -> None:
    project = start({"a": "1\n"})
    project.template.release(
        {"a": "2\n"}, QUESTIONS + "team: {type: str, default: '{{ name }}s'}\n"
    )
    told = project.told()
    assert told.report["answers"]["team"] == {"was": None, "now": "apps"}
    assert recorded(project) == {"name": "app", "team": "apps"}


def test_a_choice_that_is_gone(start: Start) -> None:
    project = start({"a.jinja": "{{ colour }}\n"}, CHOICE, data={"colour": "green"})
    project.template.release({}, CHOICE.replace("green", "blue"))
    told = project.told()
    assert "colour" in told.notes
    assert "green" in told.notes
    assert told.report["answers"]["colour"] == {"was": "green", "now": "red"}
    assert project.read("a") == "red\n"


def test_one_of_several_choices_that_is_gone(start: Start) -> None:
    project = start({"a.jinja": "{{ p }}\n"}, SEVERAL)
    project.template.release({}, FEWER)
    told = project.told()
    assert "p" in told.notes.split() or "p:" in told.notes
    assert "y" in told.notes
    assert recorded(project)["p"] == ["x"]


def test_an_answer_that_the_new_version_refuses(start: Start) -> None:
    project = start({"a.jinja": "{{ colour }}\n"}, COLOUR, data={"colour": "green"})
    check = "{% if colour == 'green' %}no{% endif %}"
    question = f'colour: {{type: str, default: red, validator: "{check}"}}\n'
    project.template.release({}, QUESTIONS + question)
    assert "colour" in project.told().notes
    assert recorded(project)["colour"] == "red"


def test_an_answer_of_a_type_that_is_no_longer_asked(start: Start) -> None:
    project = start({"a.jinja": "{{ n }}\n"}, QUESTIONS + "n: {type: str, default: many}\n")
    project.template.release({}, QUESTIONS + "n: {type: int, default: 3}\n")
    assert "n" in project.told().notes
    assert recorded(project)["n"] == 3


def test_a_question_that_is_no_longer_asked(start: Start) -> None:
    project = start({"a.jinja": TEXT}, COLOUR, data={"colour": "blue"})
    project.template.release({"a.jinja": body({28: "theirs"})}, QUESTIONS)
    told = project.told()
    assert "colour" in told.notes
    assert told.report["answers"]["colour"] == {"was": "blue", "now": None}
    assert recorded(project) == {"name": "app"}


def test_a_new_default_does_not_change_an_answer(start: Start) -> None:
    project = start({"a.jinja": TEXT}, COLOUR)
    project.template.release({"a.jinja": LATER}, COLOUR.replace("red", "blue"))
    told = project.told()
    assert "colour=red" in project.read("a")
    assert told.report["answers"] == {}


@pytest.mark.parametrize("later", [False, True], ids=["at-once", "later"])
def test_an_answer_edited_by_hand(start: Start, later: bool) -> None:
    project = start({"a.txt.jinja": TEXT}, COLOUR)
    text = project.read(ANSWERS).replace("colour: red", "colour: blue")
    project.edit({ANSWERS: text})
    if later:
        project.edit({ANSWERS: text + "# why\n", "a.txt": project.read("a.txt") + "mine\n"})
    project.template.release({"a.txt.jinja": LATER})
    told = project.told()
    assert project.read("a.txt").startswith(body({3: "colour=blue", 28: "theirs"}))
    assert recorded(project)["colour"] == "blue"
    assert told.report["answers"]["colour"] == {"was": "red", "now": "blue"}


def test_an_answer_edited_by_hand_together_with_its_file(start: Start) -> None:
    project = start({"a.txt.jinja": TEXT}, COLOUR)
    text = project.read(ANSWERS).replace("colour: red", "colour: blue")
    project.edit({ANSWERS: text, "a.txt": body({3: "colour=blue"})})
    project.template.release({"a.txt.jinja": LATER})
    project.told()
    assert project.read("a.txt") == body({3: "colour=blue", 28: "theirs"})


def test_data_on_the_command_line(start: Start) -> None:
    project = start({"a.txt.jinja": TEXT}, CHOICE)
    project.edit({"a.txt": project.read("a.txt").replace("line 20\n", "mine\n")})
    project.template.release({"a.txt.jinja": LATER})
    project.told("--data", "colour=green")
    assert project.read("a.txt") == body({3: "colour=green", 20: "mine", 28: "theirs"})


def test_data_at_the_same_version(start: Start) -> None:
    project = start({"a.txt.jinja": TEXT}, CHOICE)
    assert project.told("-d", "colour=green").actions == {"a.txt": "updated"}
    assert project.version() == "v1.0.0"


@pytest.mark.parametrize("value", ["colour=purple", "colour=", "colour"])
def test_data_that_is_wrong(start: Start, value: str) -> None:
    project = start({"a.txt.jinja": TEXT}, CHOICE)
    project.template.release({"a.txt.jinja": LATER})
    before = project.state()
    ran = project.update("--data", value)
    assert ran.code in (1, 2), ran
    assert "colour" in ran.err
    assert project.state() == before


def test_a_secret(start: Start) -> None:
    questions = QUESTIONS + "key: {type: str, default: changeme, secret: true}\n"
    project = start({"conf.jinja": "k={{ key }}\n" + body()}, questions, data={"key": "S3"})
    project.template.release({"conf.jinja": "k={{ key }}\n" + body({28: "theirs"})})
    told = project.told()
    assert project.read("conf") == "k=S3\n" + body({28: "theirs"})
    assert "S3" not in project.read(ANSWERS) + told.ran.out + told.ran.err


def test_what_is_computed_follows_the_new_version(start: Start) -> None:
    computed = "slug: {type: str, when: false, default: '{{ name }}-%d'}\n"
    project = start({"a.jinja": "{{ slug }}\n"}, QUESTIONS + computed % 1)
    project.template.release({}, QUESTIONS + computed % 2)
    assert project.told().actions == {"a": "updated"}
    assert project.read("a") == "app-2\n"
    assert recorded(project) == {"name": "app"}


def test_a_question_that_is_hidden_now(start: Start) -> None:
    project = start({"a.jinja": TEXT}, COLOUR, data={"colour": "blue"})
    hidden = "colour: {type: str, default: red, when: \"{{ name != 'app' }}\"}\n"
    project.template.release({"a.jinja": LATER}, QUESTIONS + hidden)
    project.told()
    assert project.read("a").splitlines()[27] == "theirs"
    assert not project.unmerged()


PLAIN = ("007", "yes", "null", "1.10", "2024-01-01", "1e3", "0x1F", "", " x ", "one\ntwo\n", "~")
ODD = (*PLAIN, "a: b", '"it\'s"', "# x", "- a", "@x", "%d", "!!int 7", "{{ name }}", "Zoë 🚀")


def test_answers_that_look_like_something_else(start: Start) -> None:
    data = {f"q{n}": value for n, value in enumerate(ODD)}
    questions = QUESTIONS + "".join(f"{q}: {{type: str, default: d}}\n" for q in data)
    text = "".join(f"[{{{{ {q} }}}}]\n" for q in data)
    project = start({"a.jinja": "1\n" + text}, questions, data=data)
    before = project.read("a")
    project.template.release({"a.jinja": "2\n" + text})
    told = project.told()
    assert told.actions == {"a": "updated"}
    assert told.report["answers"] == {}
    assert project.read("a") == before.replace("1\n", "2\n", 1)
    assert recorded(project) == {"name": "app", **data}
