"""The workflow of config/, played offline: who was asked what, which tool was called, what came."""

from collections import Counter

import pytest

from transcript import play

pytestmark = pytest.mark.anyio


async def test_one_perspective_is_enough_for_a_sum(config):
    run, steps = await play("What is 6 * 7?")
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    assert steps == [
        'scout: Topic: What is 6 * 7? > {"perspectives": ["reader"]}',
        'asker: Topic: What is 6 * 7? > {"questions": ["What is 6 * 7?"]}',
        "researcher: What is 6 * 7? > calculator > 6 * 7 = 42.",
        'outliner: Topic: What is 6 * 7? > {"sections": ["Answer"]}',
        "writer: Topic: What is 6 * 7? > 6 * 7 = 42.",
        "editor: Topic: What is 6 * 7? > 6 * 7 = 42.",
    ]


async def test_every_perspective_asks_and_every_section_is_written(config):
    run, steps = await play("bread")
    assert run.output == (
        "## Origin\nBread is older than farming.\n## Making\nIt needs flour, water and time."
    )
    told = Counter(line.split(":")[0] for line in steps)
    assert told == Counter(scout=1, asker=2, researcher=2, outliner=1, writer=2, editor=1)
    assert run.state["notes"] == (
        "- What does bread need?: Bread needs flour, water and time.\n"
        "- How old is bread?: Bread is older than farming."
    )
