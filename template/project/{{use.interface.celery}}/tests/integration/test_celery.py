"""The Celery task, without a broker."""

import subprocess
import sys

TASK = """
import json, sys
from agent.interfaces.celery.app import app
kwargs = json.loads(sys.argv[1])
for _ in range(2):
    print(json.dumps(app.tasks["agent.run"].apply(task_id="t-1", kwargs=kwargs).get()))
"""


def apply(kwargs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", TASK, kwargs], capture_output=True, text=True)


def test_a_task_is_a_run_and_the_same_id_the_same_run(config):
    done = apply('{"input": "What is 6 * 7?", "user": "alice"}')
    first, again = done.stdout.splitlines()
    assert first == again and '"id": "t-1", "status": "succeeded"' in first, done.stderr


def test_what_is_refused_is_told_without_what_was_sent(config):
    refused = apply('{"input": "secret", "session_id": "../x"}')
    assert "Refused: session_id: String should match pattern" in refused.stderr
    assert "Refused: input: " in apply('{"text": "hi"}').stderr
    assert "../x" not in refused.stderr.replace('"session_id": "../x"', "")


def test_a_worker_without_a_broker_says_so(config, monkeypatch):
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    command = [sys.executable, "-m", "agent", "celery"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "error: CELERY_BROKER_URL is not set" in done.stderr
    assert "Traceback" not in done.stderr
