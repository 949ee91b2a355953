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
    raise ValueError("Bearer abc.def and open-sesame and sk-proj-0123456789abcdefghij")
except ValueError:
    logging.getLogger("some.library").exception('it is swordfish"7')
"""


def test_secrets_are_redacted_wherever_they_are(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AGENT_API_KEYS", "alice:open-sesame")
    monkeypatch.setenv("SOME_PASSWORD", 'swordfish"7')
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    hello, failure = map(json.loads, done.stderr.splitlines())
    assert hello["url"] == "postgres://[redacted]@db/x"
    assert hello["api_key"] == "[redacted]" and hello["key_of"] == "alice"
    assert failure["event"] == "it is [redacted]"
    assert "ValueError: Bearer [redacted] and [redacted] and [redacted]" in failure["exception"]
