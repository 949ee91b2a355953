"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import re

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_it_calculates_with_the_calculator(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == ["assistant: What is 6 * 7? > calculator > 6 * 7 = 42."]
    assert (run.usage.requests, run.usage.tool_calls) == (2, 1)


async def test_it_looks_at_the_clock(config):
    run, _ = await play("What time is it?")
    assert re.fullmatch(r"It is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\.", run.output)
    assert run.usage.tool_calls == 1


async def test_anything_else_says_how_to_get_a_real_model(config):
    run, _ = await play("Who are you?")
    assert run.output.startswith("This is the offline model") and "For a real model," in run.output


async def test_it_remembers_the_conversation(config):
    await play("What is 6 * 7?", session_id="alice:1")
    run, _ = await play("What is 1 + 1?", session_id="alice:1")
    assert run.output == "1 + 1 = 2."
