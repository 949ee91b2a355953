import io
import json

import pytest

from agent.cli import main

REVIEW = """
version: "1.0.0"
name: review
description: A person decides.
nodes:
  - {id: review, kind: approval, message: "Send {{ input }}?"}
  - {id: said, kind: merge, template: "{{ review.choice }} {{ review.by }}: {{ review.comment }}"}
edges: [{from: review, to: said}]
"""


def call(monkeypatch: pytest.MonkeyPatch, *args: str, stdin: str = "") -> int:
    """What `agent ARGS` exits with."""
    monkeypatch.setattr("sys.argv", ["agent", *args])
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    with pytest.raises(SystemExit) as caught:
        main()
    return int(str(caught.value.code or 0))


def test_run(config, monkeypatch, capsys):
    assert call(monkeypatch, "run", "What is 6 * 7?") == 0
    assert capsys.readouterr().out == "6 * 7 = 42.\n"


def test_chat(config, monkeypatch, capsys):
    assert call(monkeypatch, "chat", stdin="What is 6 * 7?\nWhat is 1 + 1?\n") == 0
    assert capsys.readouterr().out == "6 * 7 = 42.\n1 + 1 = 2.\n"


def test_chat_asks_the_person_what_a_run_waits_for(config, monkeypatch, capsys):
    (config / "workflow.yaml").write_text(REVIEW)
    said = "Hello\nmaybe\nreject too short\nHello\n\n"
    assert call(monkeypatch, "chat", stdin=said) == 0
    told = capsys.readouterr()
    assert told.out == "reject cli: too short\n"
    assert "Send Hello?\napprove, reject, and a comment?\none of: approve, reject" in told.err
    assert "waiting at review: Send Hello?" in told.err


def test_a_mistake_is_a_sentence(config, monkeypatch, capsys):
    (config / "workflow.yaml").write_text("version: 1")
    assert call(monkeypatch, "run", "hi") == 1
    assert "workflow.yaml:1: version: Input should be a valid string" in capsys.readouterr().err


def test_a_profile_and_what_wins_over_it(config, monkeypatch, capsys):
    assert call(monkeypatch, "run", "What is 6 * 7?", "--profile", "script") == 0
    assert json.loads(capsys.readouterr().out)["output"] == "6 * 7 = 42."
    options = "--profile", "script", "--format", "text"
    assert call(monkeypatch, "run", "What is 6 * 7?", *options) == 0
    assert capsys.readouterr().out == "6 * 7 = 42.\n"
    assert call(monkeypatch, "run", "hi", "--profile", "scrip") == 1
    assert 'unknown profile "scrip", did you mean "script"?' in capsys.readouterr().err


def test_every_suite_of_evaluations_passes_offline(config, monkeypatch, capsys):
    assert call(monkeypatch, "eval") == 0, capsys.readouterr().out


def test_a_wrong_profile_has_a_line(config, monkeypatch, capsys):
    wrong = 'version: "1.0.0"\nprofiles:\n  a: {format: xml}\n'
    (config / "cli_profiles.yaml").write_text(wrong)
    assert call(monkeypatch, "validate") == 1
    assert "cli_profiles.yaml:3: profiles.a.format: " in capsys.readouterr().err
