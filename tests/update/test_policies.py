"""Files that the template or the user declared to be the user's."""

import pytest

from tests.update.project import Project, Start
from tests.update.support import QUESTIONS, body

SEED = QUESTIONS + "_skip_if_exists: [seed.txt]\n"


def owner(told: dict[str, object], path: str) -> tuple[str, str]:
    changes: list[dict[str, str]] = told["changes"]  # type: ignore[assignment]
    return next((c["action"], c["owner"]) for c in changes if c["path"] == path)


def test_a_file_that_is_only_given_once(start: Start) -> None:
    project = start({"seed.txt": body()}, SEED)
    project.edit({"seed.txt": body({3: "mine"})})
    project.template.release({"seed.txt": body({3: "theirs", 28: "theirs"})})
    assert owner(project.told().report, "seed.txt") == ("kept", "yours")
    assert project.read("seed.txt") == body({3: "mine"})


def test_it_stays_where_the_user_did_not_edit_it(start: Start) -> None:
    project = start({"seed.txt": body()}, SEED)
    project.template.release({"seed.txt": body({28: "theirs"})})
    assert project.told().actions == {"seed.txt": "kept"}
    assert project.read("seed.txt") == body()


def test_it_stays_when_the_template_drops_it(start: Start) -> None:
    project = start({"seed.txt": body(), "a": "1\n"}, SEED)
    project.edit({"seed.txt": "totally mine\n"})
    project.template.release({"seed.txt": None, "a": "2\n"})
    assert project.told().actions == {"seed.txt": "kept", "a": "updated"}
    assert project.read("seed.txt") == "totally mine\n"


def test_it_is_made_again_when_it_was_deleted(start: Start) -> None:
    project = start({"seed.txt": body()}, SEED)
    project.edit({"seed.txt": None})
    project.template.release({"seed.txt": body({28: "theirs"})})
    assert owner(project.told().report, "seed.txt") == ("added", "yours")
    assert project.read("seed.txt") == body({28: "theirs"})


def test_under_another_name_it_stays_the_users(start: Start) -> None:
    project = start({"seed.txt": body()}, SEED)
    project.edit({"seed.txt": None, "mine.txt": body({3: "mine"})})
    project.template.release({"seed.txt": body({28: "theirs"})})
    project.told()
    assert project.read("mine.txt") == body({3: "mine"})
    assert project.read("seed.txt") == body({28: "theirs"})


def test_a_new_one_is_given(start: Start) -> None:
    project = start({"a": "1\n"}, SEED)
    project.template.release({"seed.txt": "new\n"})
    assert project.told().actions == {"seed.txt": "added"}


def test_a_new_one_that_the_user_has_already(start: Start) -> None:
    project = start({"a": "1\n"}, SEED)
    project.edit({"seed.txt": "mine\n"})
    project.template.release({"seed.txt": "theirs\n", "a": "2\n"})
    assert project.told().actions == {"a": "updated", "seed.txt": "kept"}
    assert project.read("seed.txt") == "mine\n"


def test_the_new_version_gives_a_file_to_the_user(start: Start) -> None:
    project = start({"seed.txt": body()})
    project.edit({"seed.txt": body({3: "mine"})})
    project.template.release({"seed.txt": body({3: "theirs"})}, SEED)
    assert project.told().actions == {"seed.txt": "kept"}
    assert project.read("seed.txt") == body({3: "mine"})


def test_the_new_version_takes_a_file_back(start: Start) -> None:
    project = start({"seed.txt": body()}, SEED)
    project.edit({"seed.txt": body({3: "mine"})})
    project.template.release({"seed.txt": body({28: "theirs"})}, QUESTIONS)
    project.told()
    assert project.read("seed.txt").count("mine\n") == 1


@pytest.mark.parametrize(
    "pattern",
    ["'*.cfg'", "/conf/", "'{{ name }}*'", "'**/a*.cfg'"],
    ids=["glob", "dir", "jinja", "**"],
)
def test_patterns_of_such_files(start: Start, pattern: str) -> None:
    project = start({"conf/app.cfg": body()}, QUESTIONS + f"_skip_if_exists: [{pattern}]\n")
    project.edit({"conf/app.cfg": body({3: "mine"})})
    project.template.release({"conf/app.cfg": body({3: "theirs"})})
    assert project.told().actions == {"conf/app.cfg": "kept"}


@pytest.mark.parametrize("pattern", ["{{ _copier_conf.os }}.cfg", "{{ computed }}.cfg", "a" * 1001])
def test_a_pattern_that_names_no_file_is_told(start: Start, pattern: str) -> None:
    computed = 'computed: {when: false, default: "{{ _copier_conf.os }}"}\n'
    questions = QUESTIONS + computed + f"_skip_if_exists: [seed.txt, '{pattern}']\n"
    project = start({"seed.txt": body()}, questions)
    project.template.release({"seed.txt": "theirs\n"})
    told = f"_skip_if_exists of the template protects no file by {pattern[:99]}"
    assert told in project.run("status", str(project.root)).out
    update = project.told()
    assert told in update.notes
    assert update.actions == {"seed.txt": "kept"}


def test_negated_patterns_of_such_files(start: Start) -> None:
    questions = QUESTIONS + "_skip_if_exists: ['*.cfg', '!b.cfg']\n"
    project = start({"a.cfg": body(), "b.cfg": body()}, questions)
    project.template.release({"a.cfg": body({3: "theirs"}), "b.cfg": body({3: "theirs"})})
    assert project.told().actions == {"a.cfg": "kept", "b.cfg": "updated"}


def test_a_file_that_the_new_version_excludes(start: Start) -> None:
    project = start({"a.txt": "a\n", "b.txt": "b\n", "c.txt": body()})
    project.edit({"c.txt": body({3: "mine"})})
    project.template.release({}, QUESTIONS + "_exclude: [b.txt, c.txt]\n")
    assert project.conflicted().actions == {"b.txt": "deleted", "c.txt": "conflict"}
    assert project.read("c.txt") == body({3: "mine"})


def test_a_file_that_an_answer_excludes(start: Start) -> None:
    questions = QUESTIONS + "ci: {type: bool, default: true}\n"
    questions += '_exclude: ["{% if not ci %}ci.yml{% endif %}"]\n'
    project = start({"a.txt": "a\n", "ci.yml": "on: push\n"}, questions)
    project.template.release({"a.txt": "2\n"})
    wanted = {"a.txt": "updated", "ci.yml": "deleted"}
    assert project.told("--data", "ci=false").actions == wanted


@pytest.fixture
def owned(start: Start) -> Project:
    """A project whose user declared two patterns as his."""
    project = start({"a.txt": body(), "conf/x.cfg": body(), "b.txt": "b\n"})
    project.edit({"agentkit.toml": 'yours = ["a.txt", "conf/**"]\n', "a.txt": body({3: "mine"})})
    return project


def test_what_the_user_declared_as_his(owned: Project) -> None:
    new = body({3: "theirs"})
    owned.template.release({"a.txt": new, "conf/x.cfg": new, "b.txt": "b 2\n"})
    told = owned.told()
    assert told.actions == {"a.txt": "kept", "conf/x.cfg": "kept", "b.txt": "updated"}
    assert owner(told.report, "a.txt") == ("kept", "yours")
    assert owned.read("a.txt") == body({3: "mine"})
    assert owned.read("conf/x.cfg") == body()


def test_it_stays_when_the_template_drops_or_renames_it(owned: Project) -> None:
    owned.template.release({"a.txt": None, "conf/x.cfg": None, "z.cfg": body(), "b.txt": None})
    told = owned.told()
    assert told.actions["b.txt"] == "deleted"
    assert owned.read("a.txt") == body({3: "mine"})
    assert owned.read("conf/x.cfg") == body()


@pytest.mark.parametrize("text", ["yours = [", "yours = 'a'\n", "yours = [1]\n"])
def test_a_declaration_that_is_wrong(owned: Project, text: str) -> None:
    owned.edit({"agentkit.toml": text})
    owned.template.release({"a.txt": body({3: "theirs"})})
    assert "agentkit.toml" in owned.refused()
