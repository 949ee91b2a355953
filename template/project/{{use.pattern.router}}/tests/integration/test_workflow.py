"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_only_the_specialist_is_asked(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        'router: What is 6 * 7? > {"response": "mathematician"}',
        "mathematician: What is 6 * 7? > calculator > 6 * 7 = 42.",
    ]
    assert set(run.state) == {"route", "numbers"}  # the others were skipped


async def test_another_question_goes_to_another(config):
    run, steps = await play("What time is it?")
    assert run.output.startswith("It is ") and len(steps) == 2
    assert steps[1].startswith("timekeeper: What time is it? > now > It is ")


async def test_the_rest_is_for_the_generalist(config):
    _, steps = await play("Who are you?")
    assert steps[1].startswith("generalist: Who are you? > ")
