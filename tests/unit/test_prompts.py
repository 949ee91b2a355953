"""The questions, on a terminal."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.support import committed
from tests.unit.terminal import BACKSPACE, CTRL_C, DOWN, ENTER, SPACE, UP, Terminal

CHECKOUT = Path(__file__).parents[2]
QUESTIONS = yaml.safe_load((CHECKOUT / "copier.yml").read_text())
CATALOG = yaml.safe_load((CHECKOUT / "template/parts.yml").read_text())
HELP = {k: q["help"] for k, q in QUESTIONS.items() if not k.startswith("_") and q.get("help")}
ASKED = [name for name in HELP if QUESTIONS[name].get("ask", True)]


def recorded(project: Path) -> dict[str, Any]:
    answers: dict[str, Any] = yaml.safe_load((project / ".copier-answers.yml").read_text())
    return answers


def test_four_questions_and_a_yes(work: Path) -> None:
    assert ASKED == ["project_name", "pattern", "providers", "targets"]
    with Terminal("new") as terminal:
        terminal.see(HELP["project_name"])
        terminal.press(f"my-agent{ENTER}")
        terminal.see(HELP["pattern"])
        terminal.press(ENTER)
        terminal.see(HELP["providers"])
        terminal.see("(space chooses, enter goes on)")
        for part in CATALOG["provider"].values():
            terminal.see(f"{part['title']}: {part['help']}")
        terminal.press(ENTER)
        terminal.see(HELP["targets"])
        terminal.press(ENTER)
        preview = terminal.see("files, ")
        assert "my-agent/" in preview
        assert "Makefile" in preview
        count = int(preview.split()[-1])
        terminal.see(f"Write them to {work}/my-agent?")
        assert not (work / "my-agent").exists()
        terminal.press(ENTER)
        terminal.see(f"Created my-agent ({count} files")
        assert terminal.code() == 0
    assert len(committed(work / "my-agent")) == count


def test_arrows_move_and_space_chooses(work: Path) -> None:
    with Terminal("new", "my-agent") as terminal:
        terminal.see(HELP["pattern"])
        terminal.press(ENTER)
        terminal.see(HELP["providers"])
        terminal.press(f"{SPACE}{DOWN}{SPACE}{DOWN}{SPACE}{UP}{SPACE}{ENTER}")
        terminal.see(HELP["targets"])
        terminal.press(f"{SPACE}{ENTER}")
        terminal.see("Write them to")
        terminal.press("y")
        assert terminal.code() == 0
    assert recorded(work / "my-agent")["providers"] == [list(CATALOG["provider"])[2]]
    assert recorded(work / "my-agent")["targets"] != ["docker"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("class", "a Python keyword cannot name a package; class-agent would do"),
        ("My Agent", "only lower-case letters, digits and dashes; my-agent would do"),
        ("", "a name is needed; my-agent would do"),
    ],
)
def test_a_bad_name_is_refused_where_it_is_typed(work: Path, name: str, reason: str) -> None:
    with Terminal("new") as terminal:
        terminal.see(HELP["project_name"])
        terminal.press(f"{name}{ENTER}")
        terminal.see(reason)
        terminal.press(f"{BACKSPACE * len(name)}good-name{ENTER}")
        terminal.see(HELP["pattern"])
        terminal.press(CTRL_C)
        assert terminal.code() == 130
    assert not list(work.iterdir())


def test_a_bad_folder_name_is_refused_before_any_question(work: Path) -> None:
    with Terminal("new", "class") as terminal:
        assert terminal.code() == 2
        assert "class-agent would do" in terminal.text
        assert HELP["pattern"] not in terminal.text


def test_a_full_folder_is_refused_before_any_question(work: Path) -> None:
    (work / "my-agent/src").mkdir(parents=True)
    with Terminal("new", "my-agent") as terminal:
        assert terminal.code() == 1
        assert "not empty" in terminal.text
        assert HELP["pattern"] not in terminal.text


@pytest.mark.parametrize("key", ["n", CTRL_C], ids=["n", "ctrl-c"])
def test_no_at_the_end_writes_nothing(work: Path, key: str) -> None:
    with Terminal("new", "a/my-agent") as terminal:
        for question in ASKED[1:]:
            terminal.see(HELP[question])
            terminal.press(ENTER)
        terminal.see("Write them to")
        terminal.press(key)
        assert terminal.code() == 130
        assert "agentkit: " in terminal.text
        assert "Traceback" not in terminal.text
    assert not list(work.iterdir())


@pytest.mark.parametrize("question", ASKED)
def test_ctrl_c_at_any_question_writes_nothing(work: Path, question: str) -> None:
    with Terminal("new") as terminal:
        for name in ASKED[: ASKED.index(question) + 1]:
            terminal.see(HELP[name])
            answer = CTRL_C if name == question else ENTER
            terminal.press("x" + ENTER if name == "project_name" != question else answer)
        assert terminal.code() == 130
        assert "Traceback" not in terminal.text
    assert not list(work.iterdir())


def test_all_asks_everything(work: Path) -> None:
    with Terminal("new", "my-agent", "--all") as terminal:
        for name in list(HELP)[1:]:
            terminal.see(HELP[name])
            if name == "description":
                terminal.see("An LLM agent service.")
                terminal.press(" Really.")
                terminal.see("Really.")
            if name == "license":
                terminal.see("Apache 2.0")
                terminal.press(DOWN)
                terminal.see("»")
            terminal.press(ENTER)
        terminal.see("Write them to")
        terminal.press(ENTER)
        assert terminal.code() == 0
    answers = recorded(work / "my-agent")
    assert answers["license"] == "Apache-2.0"
    assert answers["description"] == "An LLM agent service. Really."
    assert answers["copyright_holder"] == "The my-agent authors"


def test_what_is_given_is_not_asked(work: Path) -> None:
    args = ["--preset", "minimal", "-d", "pattern=react"]
    with Terminal("new", "my-agent", *args) as terminal:
        terminal.see("Write them to")
        assert not [h for h in HELP.values() if h in terminal.text]
        terminal.press(ENTER)
        assert terminal.code() == 0


def test_what_a_choice_needs_is_said_in_place(work: Path) -> None:
    with Terminal("new", "my-agent", "--all") as terminal:
        for name in ("pattern", "providers", "targets"):
            terminal.see(HELP[name])
            terminal.press(ENTER)
        terminal.see(HELP["interfaces"])
        terminal.press(f"{SPACE}{ENTER}")
        terminal.see("target docker needs interface http")
        terminal.press(f"{SPACE}{ENTER}")
        terminal.see(HELP["features"])
        terminal.press(CTRL_C)
        assert terminal.code() == 130


@pytest.mark.parametrize("args", [["--defaults"], ["--format", "json"]], ids=["defaults", "json"])
def test_a_terminal_that_wants_no_questions(work: Path, args: list[str]) -> None:
    with Terminal("new", "my-agent", *args) as terminal:
        assert terminal.code() == 0
        assert not [h for h in HELP.values() if h in terminal.text]


def test_a_plain_terminal_will_do(work: Path) -> None:
    with Terminal("new", "my-agent", env=os.environ | {"TERM": "dumb"}) as terminal:
        for question in ASKED[1:]:
            terminal.see(HELP[question])
            terminal.press(ENTER)
        terminal.see("Write them to")
        terminal.press(ENTER)
        assert terminal.code() == 0


def test_a_spinner_while_it_renders_leaves_no_trace(work: Path) -> None:
    with Terminal("new", "my-agent", "--defaults") as terminal:
        assert terminal.code() == 0
        assert "Rendering" in terminal.raw
        assert re.search(r"\x1b\[2K", terminal.raw)
        assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rindex("\x1b[?25l")
