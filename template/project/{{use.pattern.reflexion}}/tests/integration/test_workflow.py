"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_the_first_attempt_passes(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        "actor: Task: What is 6 * 7? > calculator > 6 * 7 = 42.",
        'judge: Task: What is 6 * 7? > {"passed": true, "why": ""}',
    ]


async def test_the_next_attempt_knows_the_lesson(config):
    run, steps = await play("What time is it?")
    assert run.output.startswith("It is 2") and run.output.endswith(" UTC.")
    assert steps[:3] == [
        "actor: Task: What time is it? > It is getting late.",
        'judge: Task: What time is it? > {"passed": false, "why": "The answer names no time."}',
        "reflector: Task: What time is it? > Do not guess the time: look at the clock.",
    ]
    assert steps[3].startswith("actor: Task: What time is it? > now > It is 2")
    assert steps[4].endswith('{"passed": true, "why": ""}') and len(steps) == 5
