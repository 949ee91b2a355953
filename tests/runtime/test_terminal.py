"""`agent run` at a terminal: nothing but the agent speaks, and a person decides."""

import os
import pty
import subprocess
import sys
import time

SILENT = ("CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST")  # with these the library says less
WORKFLOW = """
version: "1.0.0"
name: review
description: A person decides what becomes of an answer.
nodes:
  - {id: answer, kind: agent, agent: assistant}
  - {id: review, kind: approval, message: "Send {{ answer }}"}
  - {id: said, kind: merge, template: "{{ review.choice }}: {{ review.comment }}"}
edges: [{from: answer, to: review}, {from: review, to: said}]
"""


def test_a_person_decides_and_nobody_advertises(config):
    (config / "workflow.yaml").write_text(WORKFLOW)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", "run", "What is 6 * 7?"],
        env={k: v for k, v in os.environ.items() if k not in SILENT},
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = read(ours, "approve, reject, and a comment?")
    os.write(ours, b"approve well done\n")
    seen += read(ours, "approve: well done")
    assert process.wait(30) == 0
    os.close(ours)
    assert "Send 6 * 7 = 42." in seen
    assert "observability" not in seen and "pydantic" not in seen.lower()


def read(terminal: int, end: str) -> str:
    """What is on the terminal until these words are."""
    seen, deadline = "", time.monotonic() + 60
    while end not in seen:
        assert time.monotonic() < deadline, seen
        seen += os.read(terminal, 4096).decode(errors="replace")
    return seen
