"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import re

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_each_agent_hands_its_result_to_the_next(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        "researcher: What is 6 * 7? > calculator > 6 * 7 = 42.",
        "writer: Task: What is 6 * 7? > 6 * 7 = 42.",
        "editor: Task: What is 6 * 7? > 6 * 7 = 42.",
    ]
    assert (run.usage.requests, run.usage.tool_calls) == (4, 1)


async def test_the_editor_finishes_the_draft(config):
    run, _ = await play("What time is it?")
    assert re.fullmatch(r"The clock says .+ UTC\.", run.state["research"])
    assert re.fullmatch(r"Well, it is now .+ UTC\.", run.state["draft"])
    assert re.fullmatch(r"It is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.", run.output)
