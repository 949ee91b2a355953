"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

import pytest

from agent import Engine
from agent.run import Answer
from transcript import play

pytestmark = pytest.mark.anyio
MESSAGE = "Write to the team that the review is on Friday"
DRAFT = "Dear team, we moved the review to Friday."


async def test_a_question_is_answered(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        'triage: What is 6 * 7? > {"response": "question"}',
        "assistant: What is 6 * 7? > calculator > 6 * 7 = 42.",
    ]


@pytest.mark.parametrize(
    ("answer", "output"),
    [
        (Answer(choice="approve"), DRAFT),
        (Answer(choice="revise", comment="Say when."), f"{DRAFT} Say when."),
        (Answer(choice="stop", by="alice"), "Stopped by alice."),
    ],
)
async def test_a_message_waits_for_a_person(config, answer: Answer, output: str):
    run, steps = await play(MESSAGE)
    assert steps == [
        f'triage: {MESSAGE} > {{"response": "message"}}',
        f"writer: Write this: {MESSAGE} > {DRAFT}",
    ]
    assert run.status == "waiting"
    assert run.waiting["review"].message == f"Send these 8 words? {DRAFT}"
    run.answers["review"] = answer
    done = await Engine.from_config_dir("config").execute(run)
    assert (done.status, done.output) == ("succeeded", output)
