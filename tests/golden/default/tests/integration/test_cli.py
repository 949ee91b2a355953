import io

import pytest

from agent.cli import main


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


def test_a_mistake_is_a_sentence(config, monkeypatch, capsys):
    (config / "workflow.yaml").write_text("version: 1")
    assert call(monkeypatch, "run", "hi") == 1
    assert "workflow.yaml:1: version: Input should be a valid string" in capsys.readouterr().err
