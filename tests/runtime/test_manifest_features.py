"""Scheduler, plugins, evaluations, the lock, versions, and agents in TOML."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent import lock, versions
from agent.automation import Job
from agent.engine import Engine
from agent.errors import ConfigError, ManifestError
from agent.manifests import load
from agent.run import Run
from agent.schedule import Schedule, newest_due, run_id
from agent.schema_validator import SchemaValidator
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


def test_the_lock_names_what_changed(config: Path):
    manifests = load(config, "production")
    with pytest.raises(ConfigError, match=r"production needs .*manifest.lock: .* run `agent lock`"):
        lock.require(manifests)
    lock.write(config)
    lock.require(load(config, "production"))
    (config / "policies.yaml").write_text((config / "policies.yaml").read_text() + "# more\n")
    with pytest.raises(ConfigError, match=r"manifest.lock does not fit policies.yaml: "):
        lock.require(load(config, "production"))
    done = command("validate")
    assert done.returncode == 1 and "does not fit policies.yaml" in done.stderr
    lock.require(load(config))  # development goes on
    assert command("lock").returncode == 0 and command("validate").returncode == 0


def git(folder: Path, *args: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *args], check=True, capture_output=True)


def test_versions_must_move(config: Path):
    git(config, "init", "-q")
    git(config, "add", ".")
    git(config, "commit", "-qm", "one")
    versions.check_bumps(config, "HEAD")
    path = config / "policies.yaml"
    text = path.read_text()
    path.write_text(text.replace("20000", "30000"))
    with pytest.raises(ManifestError, match=r"policies.yaml:2: version: HEAD has 1.0.0.*patch"):
        versions.check_bumps(config, "HEAD")
    path.write_text(text.replace("20000", "30000").replace("1.0.0", "1.0.1"))
    versions.check_bumps(config, "HEAD")
    with pytest.raises(ConfigError, match="nowhere"):
        versions.check_bumps(config, "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ({"a": 1}, {"a": 1}, versions.NONE),
        ({"a": 1}, {"a": 2.5}, versions.PATCH),
        ({"a": 1}, {"a": "x"}, versions.MAJOR),
        ({"a": 1}, {}, versions.MAJOR),
        ({}, {"a": 1}, versions.MINOR),
        ({"tools": ["a", "b"]}, {"tools": ["b"]}, versions.MAJOR),
        ({"tools": []}, {"tools": ["b"]}, versions.MINOR),
        ({"nodes": [{"id": "a"}]}, {"nodes": [{"id": "a"}, {"id": "b"}]}, versions.MINOR),
        (
            {"nodes": [{"id": "a"}, {"id": "b"}]},
            {"nodes": [{"id": "b"}, {"id": "a"}]},
            versions.MAJOR,
        ),
        ({"r": [{"when": "x"}]}, {"r": [{"when": "y"}]}, versions.PATCH),
    ],
)
def test_how_much_of_a_change_it_is(old, new, level):
    assert versions.change(old, new) == level


TOML = 'version = "1.0.0"\ninstructions = """\nRhyme.\nx = 1"""\ntools = ["calculator"]\n'


def test_an_agent_in_toml(config: Path):
    (config / "agents").mkdir()
    path = config / "agents/poet.toml"
    path.write_text(TOML + "[settings]\ntemperature = 0.5\n")
    manifests = load(config)
    assert manifests.agents.agents["poet"].settings.temperature == 0.5
    assert "agents/poet.toml" in manifests.hashes
    path.write_text(TOML.replace("calculator", "calc"))
    assert 'agents/poet.toml:5: tools[0]: unknown tool "calc"' in problems(config)
    path.write_text(TOML + "[settings]\nheat = 1\n")
    assert "agents/poet.toml:7: settings.heat: Extra inputs" in problems(config)
    path.write_text(TOML + "x = [\n")
    assert "agents/poet.toml:" in problems(config) and ": toml: " in problems(config)


def test_agents_as_tools_neither_wait_nor_go_round(config: Path):
    tools = (config / "tools.yaml").read_text()
    ask = "  ask_assistant: {kind: agent, agent: assistant, description: Ask.}\n"
    (config / "tools.yaml").write_text(tools + ask)
    load(config)
    (config / "policies.yaml").write_text(HEAD + "approve_tools: [calculator]\n")
    assert 'may not be a tool: its own tool "calculator" needs approval' in problems(config)
    (config / "policies.yaml").write_text(HEAD + "deny_tools: [calculatr]\n")
    assert 'policies.yaml:2: deny_tools[0]: unknown tool "calculatr", did you' in problems(config)
    (config / "policies.yaml").write_text(HEAD)
    agents = (config / "agents.yaml").read_text()
    (config / "agents.yaml").write_text(agents.replace("[calculator", "[ask_assistant, calculator"))
    assert "agents ask each other in a circle: assistant -> assistant" in problems(config)


def test_a_file_named_almost_as_a_manifest_is_reported(config: Path):
    (config / "polices.yaml").write_text(HEAD)
    assert 'unknown manifest "polices", did you mean "policies"' in problems(config)


def test_the_validator_for_scripts(config: Path):
    engine = Engine.from_config_dir(config)
    assert SchemaValidator().validate_all(engine) == [] and engine.dag.validate()
    (config / "policies.yaml").write_text("version: 1\n")
    assert len(SchemaValidator().validate_all(engine)) == 1
