"""What copier asks in an update of a project on a terminal: what has no answer, once."""

import os
import signal
import termios
from pathlib import Path

import pytest
import yaml

from tests.unit import templates
from tests.unit.support import STAGING, commit, git, spawn, write
from tests.unit.terminal import CTRL_C, ENTER, Terminal

SECRET = "pin: {type: str, default: none, secret: true}\n"  # never recorded; gone in 2.0.0
MORE = "team: {type: str, default: blue}\nkind: {type: str, choices: [a, b]}\n"


@pytest.fixture
def project(tmp_path: Path, work: Path) -> Path:
    """A project of a version with one question; the next one has two more, and other choices."""
    old = "who: {type: str, default: you}\nsize: {type: str, default: s, choices: [s, m]}\n"
    root = templates.folder(tmp_path / "template", **{"copier.yml": old + SECRET})
    commit(root, tag="v1.0.0")
    made = ["new", "it", "--template", str(root), "--data", "who=me", "--data", "size=m"]
    assert spawn(*made, "--defaults").code == 0
    new = old.replace("[s, m]", "[s, l]")
    write(root, {"copier.yml": new + MORE, "team.txt.jinja": "{{ team }}\n"})
    commit(root, tag="v2.0.0")
    return work / "it"


def test_only_what_has_no_answer(project: Path) -> None:
    with Terminal("update", str(project)) as terminal:
        terminal.see("size")  # its answer is not allowed any more
        terminal.press(ENTER)
        terminal.see("team")
        terminal.press(f"s{ENTER}")
        terminal.see("kind")
        terminal.press(ENTER)
        terminal.see("?")
        terminal.press(ENTER)
        assert terminal.code() == 0, terminal.text
    assert "who" not in terminal.text
    assert "pin" not in terminal.text
    recorded = yaml.safe_load((project / ".copier-answers.yml").read_text())
    answers = {k: v for k, v in recorded.items() if not k.startswith("_")}
    assert answers == {"who": "me", "size": "s", "team": "blues", "kind": "a"}
    assert (project / "team.txt").read_text() == "blues\n"


def test_an_interrupt_at_a_question(project: Path, tmp_path: Path, work: Path) -> None:
    before = git(project, "rev-parse", "HEAD")
    with Terminal("update", str(project)) as terminal:
        terminal.see("size")
        terminal.press(CTRL_C)
        assert terminal.code() == 130
        assert "Traceback" not in terminal.text
    assert git(project, "rev-parse", "HEAD") == before
    assert git(project, "status", "--porcelain", "--ignored") == ""
    assert not [*(tmp_path / "tmp").iterdir(), *work.glob(STAGING)]


def test_an_interrupt_after_the_questions(tmp_path: Path, work: Path) -> None:
    """Then it comes as a signal, to all the processes of the terminal."""
    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    root = templates.folder(tmp_path / "template", **{"a.txt.jinja": loops})
    with Terminal("new", "it", "--template", str(root)) as terminal:
        terminal.see("who")
        terminal.press(ENTER)
        while not termios.tcgetattr(terminal._ours)[3] & termios.ISIG:
            os.sched_yield()
        os.killpg(terminal._process.pid, signal.SIGINT)
        assert terminal.code() == 130
        assert "Traceback" not in terminal.text
        assert "interrupted; nothing half-done was left" in terminal.text
    assert not [*work.iterdir(), *(tmp_path / "tmp").iterdir()]
