import json
import subprocess
import sys

import pytest

SCRIPT = """
import logging
from agent.logs import log, setup
from agent.settings import Settings

setup(Settings.load())
log.info("hello", url="postgres://me:hunter2@db/x", key_of="alice", api_key="whatever")
try:
    try:
        int("Bearer abc.def and open-sesame and sk-proj-0123456789abcdefghij")
    except ValueError as e:
        raise ExceptionGroup("all of them", [KeyError("what was said")]) from e
except Exception:
    logging.getLogger("some.library").exception('it is swordfish"7\\nand more')
logging.getLogger("some.library").setLevel("DEBUG")
logging.getLogger("some.library").info("never shown")
"""


def run(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[dict[str, str]]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AGENT_API_KEYS", "alice:open-sesame")
    monkeypatch.setenv("SOME_PASSWORD", 'swordfish"7')
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_secrets_are_redacted_wherever_they_are(monkeypatch: pytest.MonkeyPatch):
    hello, failure = run(monkeypatch, LOG_CONTENT="true")
    assert hello["url"] == "postgres://[redacted]@db/x"
    assert hello["api_key"] == "[redacted]" and hello["key_of"] == "alice"
    assert failure["event"] == "it is [redacted]"
    assert "base 10: 'Bearer [redacted] and [redacted] and [redacted]" in failure["exception"]


def test_a_traceback_says_where_and_what_kind_but_not_what_was_said(
    monkeypatch: pytest.MonkeyPatch,
):
    _, failure = run(monkeypatch)
    kinds = [line for line in failure["exception"].splitlines() if line[0] not in " T"]
    assert kinds == ["ValueError", "KeyError", "ExceptionGroup"]
    assert 'File "<string>", line 10' in failure["exception"]
    assert "said" not in failure["exception"] and "all of them" not in failure["exception"]


def test_a_line_that_cannot_be_written_fails_nothing():
    script = f"{SCRIPT}\nprint('went on')"
    with subprocess.Popen(
        [sys.executable, "-c", f"input()\n{script}"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout and process.stderr
        process.stderr.close()
        process.stdin.write("\n")
        process.stdin.close()
        assert process.stdout.read() == "went on\n"


def test_before_there_are_settings_only_warnings_are_told():
    script = "from agent.logs import log\nlog.info('a')\nlog.warning('b', api_key='c')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.stdout == ""
    assert [(line["event"], line["api_key"]) for line in told] == [("b", "[redacted]")]
