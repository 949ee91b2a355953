"""What people and models say, and secrets: in no log line at any level, in no error answer."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fake_llm import FakeLLM, openai, serve

PROMPT, ANSWER, ARGUMENT = "canary-prompt-1f", "canary-answer-2e", "canary-argument-3d"
CALLER, WRONG, MODEL_KEY = "canary-caller-4c", "canary-wrong-5b", "canary-model-key-6a"
CANARIES = PROMPT, ANSWER, ARGUMENT, CALLER, WRONG, MODEL_KEY
LOUD = ["openai", "httpx2", "httpcore2", "uvicorn", "asyncio", "pydantic_ai", "fastapi"]
LAUNCH = f"""
import logging, sys
for name in {LOUD}:
    logging.getLogger(name).setLevel(1)
sys.argv = ["agent", "serve"]
from agent.cli import main
main()
"""
TOOLS = """
import warnings

def broken(what: str) -> str:
    '''Never works.'''
    warnings.warn(f"a warning:\\n{what}")
    raise RuntimeError(f"cannot do {what}")

def picky(what: str) -> str:
    '''Wants something else.'''
    raise ValueError(f"not {what}")
"""
MANIFEST = """
version: 1.0.0
tools:
  broken: {kind: python, call: "canary_tools:broken"}
  picky: {kind: python, call: "canary_tools:picky"}
"""
AGENTS = (
    "version: 1.0.0\nagents:\n  assistant:\n    instructions: Help.\n    tools: [broken, picky]\n"
)
NODES = {
    "agent": "{id: a, kind: agent, agent: assistant}",
    "decision": "{id: a, kind: decision, agent: assistant, choices: [yes, no]}",
    "function": "{id: a, kind: deterministic, call: 'canary_tools:broken', args: {what: input}}",
}


@pytest.fixture
def model() -> Iterator[FakeLLM]:
    """A provider that quotes the prompt when it fails."""
    with serve(openai) as fake:
        plain = fake.answer

        def answer(path: str, request: dict[str, Any]) -> tuple[int, str, bytes]:
            status, kind, body = plain(path, request)
            if status >= 400:
                quoted = json.dumps(request["input"])
                error = {"message": f"cannot answer {quoted}", "type": "x"}
                body = json.dumps({"error": error}).encode()
            return status, kind, body

        fake.answer = answer  # type: ignore[method-assign]
        yield fake


class Server:
    """`agent serve` with one node, and every logger as loud as it can be."""

    def __init__(self, node: str, config: Path, url: str):
        self.log = config.parent / "log"
        write(config, node)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        env = {"AGENT_MODEL_MODE": "live", "A_KEY": MODEL_KEY, "A_URL": f"{url}/v1"}
        env |= {"AGENT_PORT": str(self.port), "AGENT_API_KEYS": f"alice:{CALLER}"}
        env |= {"LOG_LEVEL": "DEBUG", "OPENAI_LOG": "debug"}
        python = [str(config.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        env["PYTHONPATH"] = os.pathsep.join(python)
        with self.log.open("w") as log:
            command = [sys.executable, "-c", LAUNCH]
            self.process = subprocess.Popen(command, env=os.environ | env, stdout=log, stderr=log)

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                httpx2.get(f"http://127.0.0.1:{self.port}/live")
            except httpx2.TransportError:
                time.sleep(0.1)
                continue
            return
        pytest.fail(self.log.read_text())

    def ask(self, body: Any, where: str = "", key: str = CALLER) -> httpx2.Response:
        content = body if isinstance(body, str) else json.dumps(body)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self.port}/v1/runs{where}"
        return httpx2.post(url, content=content, headers=headers, timeout=60)

    def stop(self) -> str:
        self.process.terminate()
        self.process.wait(60)
        return self.log.read_text()


def write(config: Path, node: str) -> None:
    models = {"main": {"model": "openai:gpt", "api_key_env": "A_KEY", "base_url_env": "A_URL"}}
    manifest = {"version": "1.0.0", "default": "main", "models": models}
    workflow = f"version: 1.0.0\nname: canary\nnodes:\n  - {NODES[node]}\n"
    for name, text in {
        "../canary_tools.py": TOOLS,
        "tools.yaml": MANIFEST,
        "agents.yaml": AGENTS,
        "workflow.yaml": workflow,
        "models.yaml": json.dumps(manifest),
        "offline.yaml": "version: 1.0.0\n",
    }.items():
        (config / name).write_text(text)


@pytest.fixture
def start(config: Path, model: FakeLLM) -> Iterator[Callable[[str], Server]]:
    servers: list[Server] = []

    def run(node: str) -> Server:
        servers.append(Server(node, config, model.url))
        servers[-1].wait()
        return servers[-1]

    yield run
    for server in servers:
        server.process.kill()
        server.process.wait()


def silent(text: str) -> None:
    assert not [canary for canary in CANARIES if canary in text], text


def test_an_agent(start: Callable[[str], Server], model: FakeLLM):
    server = start("agent")
    call = {"what": ARGUMENT}
    good, bad = {"input": PROMPT}, []
    model.replies.extend([ANSWER, ("picky", call), ANSWER, ANSWER])
    assert server.ask(good).json()["output"] == ANSWER
    assert server.ask(good).json()["output"] == ANSWER
    assert ANSWER in server.ask(good, "/stream").text
    for replies in (
        [("broken", call)],
        [("picky", call)] * 3,
        [500] * 3,
        [400],
        [401],
        [("x", call)] * 3,
    ):
        model.replies.extend(replies)
        bad.append(server.ask(good))
        model.replies.clear()
    model.replies.extend([500] * 3)
    failed = server.ask(good, "/stream")
    silent(failed.text)
    bad += [
        server.ask({"input": [PROMPT]}),
        server.ask(f'{{"input": "{PROMPT}"'),
        server.ask(good, key=WRONG),
    ]
    bad += [
        server.ask({"input": PROMPT, "session_id": f"{PROMPT}/?"}),
        server.ask(good, f"/none/{PROMPT}"),
    ]
    statuses = [500, 502, 502, 502, 502, 502, 422, 422, 401, 422, 404]
    assert [response.status_code for response in bad] == statuses
    for response in bad:
        silent(response.text)
    log = server.stop()
    silent(log)
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert {"run_finished", "run_failed", "node_attempt_failed", "model_failed"} <= set(events)


@pytest.mark.parametrize(("node", "status"), [("decision", 502), ("function", 500)])
def test_other_nodes(
    node: str,
    status: int,
    start: Callable[[str], Server],
    model: FakeLLM,
):
    server = start(node)
    model.replies.extend([ANSWER] * 5)
    response = server.ask({"input": PROMPT})
    assert response.status_code == status
    silent(response.text)
    log = server.stop()
    silent(log)
    assert '"node_attempt_failed"' in log and '"exception"' in log
