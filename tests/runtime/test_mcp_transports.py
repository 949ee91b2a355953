"""The agent behind the protocol's own client: over pipes, and over HTTP."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from agent.stores import open_store

SOURCE = str(Path(__file__).parents[2] / "src")
KEYS = {"AGENT_API_KEYS": "alice:s3cret,bob:hunter2"}
STEPS = """
import asyncio
from pathlib import Path

async def shout(text: str) -> str:
    print("noise")
    Path("started").touch()
    if text == "hang":
        await asyncio.sleep(99)
    if text == "fail":
        raise ValueError("the password is swordfish")
    return text
"""


@pytest.fixture
def steps(config: Path, tmp_path: Path) -> None:
    """A workflow that prints, and hangs or fails when asked to, before it waits for a person."""
    (tmp_path / "steps.py").write_text(STEPS)
    shout = {"id": "shout", "kind": "deterministic", "call": "steps:shout"}
    nodes = [shout | {"args": {"text": "input"}}, {"id": "send", "kind": "approval"}]
    nodes[1]["message"] = "Send it?"
    body = {"version": "1.0.0", "name": "my steps", "nodes": nodes}
    (config / "workflow.yaml").write_text(json.dumps(body))


def environment(**more: str) -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join([SOURCE, os.getcwd()])} | more


def piped(mode: str = "auto") -> Client:
    command, env = ["-m", "agent", "mcp"], environment()
    return Client(StdioServerParameters(command=sys.executable, args=command, env=env), mode=mode)


@contextmanager
def serving() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "agent", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment(**KEYS), stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


async def ready(url: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                (await asyncio.to_thread(urllib.request.urlopen, f"{url}/ready")).close()
                return
            except urllib.error.URLError:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def over_http(url: str, secret: str, mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
        transport = streamable_http_client(f"{url}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


async def told(client: Client, name: str, **arguments: Any) -> Any:
    found = await client.call_tool(name, arguments)
    assert not found.is_error and found.structured_content, found
    return found.structured_content


async def refused(client: Client, name: str, **arguments: Any) -> str:
    found = await client.call_tool(name, arguments)
    assert found.is_error
    return str(found.content)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_over_pipes(steps, mode):
    async with piped(mode) as client:
        assert (await client.list_tools()).tools[0].name == "my_steps"
        asked = await told(client, "my_steps", input="hi")
        assert asked["status"] == "waiting" and asked["waiting"]["send"]["message"] == "Send it?"
        answer = {"run_id": asked["run_id"], "node": "send", "choice": "approve"}
        assert (await told(client, "my_steps_resume", **answer))["output"]["by"] == "mcp:local"
        error = await refused(client, "my_steps", input="fail")
        assert "A step failed." in error and "swordfish" not in error


async def test_a_conversation(config):
    async with piped() as client:
        (name, _) = [tool.name for tool in (await client.list_tools()).tools]
        found = await told(client, name, input="What is 6 * 7?", session_id="s")
        assert found["output"] == "6 * 7 = 42." and found["usage"]["requests"] >= 1
        assert "session_id" in await refused(client, name, input="hi", session_id="a/b")


async def test_a_caller_who_has_lost_interest(steps, tmp_path):
    store = open_store(os.environ["AGENT_STORE_URL"])
    async with piped() as client:
        asking = asyncio.create_task(client.call_tool("my_steps", {"input": "hang"}))
        async with asyncio.timeout(30):
            await asyncio.to_thread(wait_for, tmp_path / "started")
            asking.cancel()
            while True:
                if await store.count("run", "cancelled"):
                    break
                await asyncio.sleep(0.02)
    await store.close()


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.02)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_over_http(steps, mode):
    with serving() as url:
        await ready(url)
        async with over_http(url, "s3cret", mode) as alice, over_http(url, "hunter2", mode) as bob:
            asked = await told(alice, "my_steps", input="hi")
            answer = {"run_id": asked["run_id"], "node": "send", "choice": "approve"}
            assert "no such run" in await refused(bob, "my_steps_resume", **answer)
            assert (await told(alice, "my_steps_resume", **answer))["output"]["by"] == "alice"
        request = urllib.request.Request(f"{url}/v1/runs/{asked['run_id']}")
        request.add_header("X-API-Key", "s3cret")  # the same run for the same caller
        with await asyncio.to_thread(urllib.request.urlopen, request) as response:
            assert json.load(response)["status"] == "succeeded"
