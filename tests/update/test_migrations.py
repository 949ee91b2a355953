"""What template/migrations.yml declares is done to the project in the same merge."""

import pytest
import yaml

from tests.update.project import ANSWERS, Project, Start
from tests.update.support import QUESTIONS, Files, put

OLD = QUESTIONS + "author: {type: str, default: someone}\n"
NEW = QUESTIONS + "holder: {type: str, default: someone}\n"


def release(project: Project, files: Files, questions: str, migration: str) -> None:
    text = f"- version: 2.0.0\n  why: names are clearer\n  {migration}\n"
    put(project.template.root, {"template/migrations.yml": text})
    project.template.release(files, questions)


def recorded(project: Project) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(project.read(ANSWERS))
    return {name: value for name, value in found.items() if name[0] != "_"}


def test_a_renamed_question(start: Start) -> None:
    project = start({"a.jinja": "by {{ author }}\n"}, OLD, data={"author": "me"})
    release(project, {"a.jinja": "by {{ holder }}\n"}, NEW, "rename: {author: holder}")
    assert project.told().actions == {}
    assert project.read("a") == "by me\n"
    assert recorded(project) == {"name": "app", "holder": "me"}


def test_without_the_declaration_the_answer_is_named(start: Start) -> None:
    project = start({"a.jinja": "by {{ author }}\n"}, OLD, data={"author": "me"})
    project.template.release({"a.jinja": "by {{ holder }}\n"}, NEW)
    assert "author" in project.told().notes


def test_a_renamed_choice(start: Start) -> None:
    ci = QUESTIONS + "ci: {type: str, choices: [gh, none], default: none}\n"
    project = start({"a.jinja": "{{ ci }}\n"}, ci, data={"ci": "gh"})
    release(project, {}, ci.replace("gh", "github"), "map: {ci: {gh: github}}")
    project.told()
    assert recorded(project)["ci"] == "github"


def test_a_moved_file_with_edits(start: Start) -> None:
    project = start({"a.txt": "a\n"})
    project.edit({"a.txt": "a\nmine\n"})  # too short for git to see where it went
    release(project, {"a.txt": None, "b/c.txt": "b\n" * 9}, QUESTIONS, "move: {a.txt: b/c.txt}")
    project.update()
    assert not project.has("a.txt")
    assert "mine\n" in project.read("b/c.txt")
    assert "b\n" in project.read("b/c.txt")


def test_imports_in_the_users_own_files(start: Start) -> None:
    code = "x = 1\ny = 2\nz = 3\n" * 9
    project = start({"src/agent/store.py": code})
    project.edit({"src/agent/mine.py": "from agent.store import x  # mine\n"})
    files: Files = {"src/agent/store.py": None, "src/agent/stores.py": code}
    release(project, files, QUESTIONS, "imports: {agent.store: agent.stores}")
    project.told()
    assert project.read("src/agent/mine.py") == "from agent.stores import x  # mine\n"


def test_the_reason_is_told(start: Start) -> None:
    project = start({"a.jinja": "by {{ author }}\n"}, OLD)
    release(project, {}, NEW, "rename: {author: holder}")
    assert "names are clearer" in project.told().ran.out


@pytest.mark.parametrize("migration", ["rename: 7", "nonsense: {a: b}", "move: {a: ../b}"])
def test_a_declaration_that_is_wrong(start: Start, migration: str) -> None:
    project = start({"a": "1\n"})
    release(project, {"a": "2\n"}, QUESTIONS, migration)
    assert "template/migrations.yml" in project.refused()
