"""`agent lambda`, from the side of AWS: what it hands out, and what it gets for it."""

import asyncio
import importlib
import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from agent.errors import ConfigError
from agent.interfaces.aws_lambda.loop import Loop, check_store
from agent.interfaces.aws_lambda.runtime import Runtime
from agent.interfaces.http.server import bind
from agent.service import Service
from agent.settings import Settings

INVOCATION = "/2018-06-01/runtime/invocation"
PATIENT = """
import asyncio

go = asyncio.Event()

async def wait(text: str) -> str:
    await go.wait()
    return text
"""
NODE = {"id": "patient", "kind": "deterministic", "call": "patient:wait", "args": {"text": "input"}}


class Aws:
    """Hands out events, and keeps the answers. The workflow goes on when `go_at` was answered."""

    def __init__(self, go_at: str = "never"):
        self.go_at, self.answers, self.app = go_at, list[str](), FastAPI()
        self.app.get(f"{INVOCATION}/next")(self.next)
        self.app.post(INVOCATION + "/{id}/{kind}")(self.answer)

    def next(self) -> Response:
        seconds, event = next(self.events, (0, None))
        if event is None:
            return Response(status_code=410)  # the end
        about = {"Aws-Request-Id": "1", "Deadline-Ms": str(int((time.time() + seconds) * 1000))}
        headers = {f"Lambda-Runtime-{name}": value for name, value in about.items()}
        return Response(json.dumps(event), headers=headers)

    async def answer(self, request: Request) -> None:
        self.answers.append("")
        async for piece in request.stream():
            self.answers[-1] += piece.decode()
            if self.go_at in self.answers[-1]:
                importlib.import_module("patient").go.set()

    def talk(self, events: Iterator[tuple[float, dict[str, Any]]]) -> None:
        self.events = events
        asyncio.run(asyncio.wait_for(self._talk(), 30))

    async def _talk(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            settings = Settings.load(port=free.getsockname()[1])
        listening = bind("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn.Config(self.app, log_config=None))
        serving = asyncio.create_task(server.serve([listening]))
        api = f"127.0.0.1:{listening.getsockname()[1]}"
        with suppress(httpx2.HTTPStatusError):
            await Loop(Service(settings), Runtime(api)).run()
        server.should_exit = True
        await serving

    def body(self, number: int) -> Any:
        return json.loads(self.answers[number].partition("\0" * 8)[2])


def request(method: str, path: str, text: str = "") -> dict[str, Any]:
    about: dict[str, Any] = {"requestContext": {"http": {"method": method, "path": path}}}
    about["headers"] = {"content-type": "application/json"}
    return about | {"rawPath": path, "body": json.dumps({"input": text}) if text else None}


@pytest.fixture(autouse=True)
def patient(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workflow that waits for us."""
    Path("patient.py").write_text(PATIENT)
    monkeypatch.syspath_prepend(Path.cwd())
    monkeypatch.delitem(sys.modules, "patient", raising=False)
    flow = {"version": "1.0.0", "name": "patient", "nodes": [NODE]}
    (config / "workflow.yaml").write_text(json.dumps(flow))


def test_a_stream_arrives_before_the_run_ends():
    aws = Aws(go_at="node_started")
    aws.talk(iter([(60, request("POST", "/v1/runs/stream", "hello"))]))
    assert json.loads(aws.answers[0].partition("\0")[0])["statusCode"] == 200
    assert "run_finished" in aws.answers[0]


def test_a_queued_run_goes_on_after_the_answer_and_ends_before_the_next_event():
    aws = Aws(go_at="queued")

    def events() -> Iterator[tuple[float, dict[str, Any]]]:
        yield 60, request("POST", "/v1/runs/async", "hello")
        yield 60, request("GET", f"/v1/runs/{aws.body(0)['id']}")
        yield 60, {}

    aws.talk(events())
    assert aws.body(1)["output"] == "hello"
    assert json.loads(aws.answers[2]) == {"status": "ready"}


def test_a_run_that_takes_too_long_goes_on_in_the_next_invocation():
    aws = Aws(go_at="queued")

    def events() -> Iterator[tuple[float, dict[str, Any]]]:
        yield 5.2, request("POST", "/v1/runs", "hello")
        yield 60, {}
        yield 60, request("GET", f"/v1/runs/{aws.body(0)['id']}")

    aws.talk(events())
    assert aws.body(0)["status"] == "queued"
    assert aws.body(2)["output"] == "hello"


def test_it_refuses_a_store_that_would_be_lost(settings: Settings):
    with pytest.raises(ConfigError, match="AGENT_STORE_URL: AWS Lambda keeps no files"):
        check_store(settings)
