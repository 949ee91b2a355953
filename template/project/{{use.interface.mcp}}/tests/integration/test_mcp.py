"""The tools, asked by the protocol's own client in this process."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp_types import CallToolResult

from agent.interfaces.mcp.server import build
from agent.service import Service
from agent.settings import Settings


async def call(config: Path, *calls: tuple[str, dict[str, Any]]) -> list[CallToolResult]:
    """Of a workflow `ask` that waits for a person."""
    nodes = [{"id": "send", "kind": "approval", "message": "Send it?"}]
    body = {"version": "1.0.0", "name": "ask", "description": "Ask me.", "nodes": nodes}
    (config / "workflow.yaml").write_text(json.dumps(body))
    found: list[CallToolResult] = []
    async with Client(build(Service(Settings.load()))) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["ask", "ask_resume"]
        for name, arguments in calls:
            if name == "ask_resume":
                asked = found[0].structured_content
                assert asked and asked["waiting"]["send"]["message"] == "Send it?"
                arguments = {"run_id": asked["run_id"], "node": "send"} | arguments
            found.append(await client.call_tool(name, arguments))
    return found


async def test_a_question_and_its_answer(config):
    answers = {"choice": "maybe"}, {"choice": "approve"}, {"choice": "approve"}
    calls = [("ask", {"input": "hi"}), *(("ask_resume", answer) for answer in answers)]
    _, wrong, right, late = await call(config, *calls)
    assert wrong.is_error and "one of its choices" in str(wrong.content)
    assert right.structured_content and right.structured_content["status"] == "succeeded"
    assert late.is_error and "the run is succeeded" in str(late.content)


@pytest.mark.parametrize("wrong", [{}, {"input": ""}, {"input": "x" * 30_000}])
async def test_a_wrong_call_is_told(config, wrong: dict[str, Any]):
    assert all(found.is_error for found in await call(config, ("ask", wrong)))
