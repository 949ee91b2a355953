"""Scheduler, plugins and evaluations: what happens without a caller."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.automation import Job
from agent.engine import Engine
from agent.errors import ManifestError
from agent.manifests import load
from agent.run import Run
from agent.schedule import Schedule, newest_due, run_id
from agent.service import Service
from agent.settings import Settings

HEAD = 'version: "1.0.0"\n'


def problems(config: Path) -> str:
    with pytest.raises(ManifestError) as caught:
        load(config)
    return str(caught.value).replace(f"{config.as_posix()}/", "")


def command(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "agent", *args], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "jobs:\n  a:\n    cron: 61 * * * *\n    input: x",
            ':4: jobs.a.cron: cron "61 * * * *": Bad m',
        ),
        ("jobs:\n  a:\n    cron: 0 0 30 2 *\n    input: x", ":4: jobs.a.cron: cron"),
        (
            "jobs:\n  a: {cron: 0 6 * * *, input: x, timezone: Mars/X}",
            ":3: jobs.a.timezone: unknown",
        ),
        ("jobs:\n  a: {cron: 0 6 * * *}", ":3: jobs.a.input: Field required"),
    ],
)
def test_a_wrong_job_is_reported_where_it_is(config: Path, text: str, expected: str):
    (config / "scheduler.yaml").write_text(HEAD + text + "\n")
    assert f"scheduler.yaml{expected}" in problems(config)


def test_the_clock_of_a_job_knows_summer_time():
    job = Job(cron="30 2 * * *", timezone="Europe/Berlin", input="x")
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)  # the night in which 02:30 does not exist
    days = [newest_due(job, before, before + timedelta(days=n)) for n in (1, 2)]
    assert [str(day and day.astimezone(UTC)) for day in days] == [
        "2026-03-29 01:00:00+00:00",
        "2026-03-30 00:30:00+00:00",
    ]
    now = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
    assert newest_due(job, now - timedelta(seconds=1), now) == now
    assert newest_due(job, now, now) is None


@pytest.mark.anyio
async def test_many_processes_start_a_tick_once(config: Path):
    (config / "scheduler.yaml").write_text(
        HEAD + "jobs:\n  often: {cron: '* * * * *', input: 'What is 6 * 7?'}\n"
        "  never: {cron: '* * * * *', input: no, enabled: false}\n"
    )
    services = [Service(Settings.load()) for _ in range(3)]
    await asyncio.gather(*(Schedule(service).tick() for service in services * 3))
    tasks = [task for service in services for _, task in service.active.values()]
    runs = await asyncio.gather(*tasks)
    assert {run.output for run in runs} == {"6 * 7 = 42."} and len({run.id for run in runs}) <= 2
    assert len(runs) == len({run.id for run in runs})
    for service in services:
        await service.store.close()


@pytest.mark.anyio
async def test_a_job_without_catching_up_waits_for_its_next_time(config: Path):
    cron = "0 0 1 1 *"
    (config / "scheduler.yaml").write_text(
        HEAD + f"jobs: {{yearly: {{cron: {cron}, input: x, catch_up_s: 0}}}}\n"
    )
    service = Service(Settings.load())
    await Schedule(service).tick()
    assert not service.active
    await service.store.close()


def test_the_id_of_a_tick_is_its_job_and_time():
    due = datetime(2026, 1, 1, tzinfo=UTC)
    assert run_id("a", due) == run_id("a", due.astimezone()) != run_id("b", due)


OBSERVERS = """
seen = []
def good(event): seen.append(event); event.clear()
def bad(event): raise RuntimeError("broken")
async def late(event): pass
"""


@pytest.mark.anyio
async def test_observers_are_told_and_cannot_fail_a_run(config, tmp_path, monkeypatch):
    (tmp_path / "my_observers.py").write_text(OBSERVERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    calls = [f"{{call: 'my_observers:{name}'}}" for name in ("bad", "good")]
    (config / "plugins.yaml").write_text(f"{HEAD}observers: [{', '.join(calls)}]\n")
    run = await Engine.from_config_dir(config).execute(Run(input="What is 6 * 7?"))
    assert (run.status, run.output) == ("succeeded", "6 * 7 = 42.")
    from my_observers import seen  # type: ignore[import-not-found]

    assert len(seen) == 1  # run_finished only
    (config / "plugins.yaml").write_text(f"{HEAD}observers:\n  - call: 'my_observers:late'\n")
    assert "plugins.yaml:3: observers[0].call: my_observers:late must be a plain" in problems(
        config
    )
    (config / "plugins.yaml").write_text(f"{HEAD}observers:\n  - call: 'my_observers:none'\n")
    assert "plugins.yaml:3: observers[0].call: my_observers:none cannot be" in problems(config)


def test_evaluations_pass_and_fail_by_exit_code(config: Path):
    assert command("eval").returncode == 0
    (config / "evaluations.yaml").write_text(
        HEAD + "suites:\n  s:\n    threshold: 0.5\n    cases:\n"
        "      good: {input: 6 * 7, expect: {regex: '4\\d', tool_called: [calculator]}}\n"
        "      bad: {input: 'What is 6 * 7?', expect: {not_contains: ['42'], equals: no}}\n"
    )
    done = command("eval", "--format", "json")
    found = {one["case"]: one["failures"] for one in json.loads(done.stdout)}
    assert done.returncode == 0 and found["good"] == []
    assert found["bad"] == ['it is not "no"', '"42" is in it']
    text = (config / "evaluations.yaml").read_text().replace("0.5", "0.6")
    (config / "evaluations.yaml").write_text(text)
    done = command("eval", "--format", "junit")
    assert done.returncode == 1 and 'tests="2" failures="1"' in done.stdout
