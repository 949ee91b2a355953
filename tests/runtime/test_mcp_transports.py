"""The agent behind the protocol's own client: over pipes, and over HTTP."""

import asyncio
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

SOURCE = str(Path(__file__).parents[2] / "src")
QUESTION = {"input": "What is 6 * 7?", "session_id": "s"}
NOISY = "def shout(text: str) -> str:\n    print('noise')\n    return text\n"


def environment(**more: str) -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join([SOURCE, os.getcwd()])} | more


@contextmanager
def serving(**more: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "agent", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment(**more), stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(30) == 0


async def ready(url: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await asyncio.to_thread(urllib.request.urlopen, f"{url}/ready")
                return
            except urllib.error.URLError:
                await asyncio.sleep(0.05)


async def asked(client: Client) -> Any:
    tools = [tool.name for tool in (await client.list_tools()).tools]
    assert tools[1] == f"{tools[0]}_resume"
    found = await client.call_tool(tools[0], QUESTION)
    assert not found.is_error, found
    return found.structured_content


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_over_pipes(config, mode):
    command = {"command": sys.executable, "args": ["-m", "agent", "mcp"], "env": environment()}
    with open(os.devnull, "w") as nowhere:  # noqa: ASYNC230
        del nowhere
    async with Client(StdioServerParameters(**command), mode=mode) as client:
        answer = await asked(client)
    assert answer["output"] == "6 * 7 = 42." and answer["usage"]["requests"] >= 1
