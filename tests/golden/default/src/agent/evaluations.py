"""The suites of config/evaluations.yaml: cases that are run, and what must hold of their runs."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree import ElementTree as Xml

from agent.agents import called
from agent.automation import Case, Expect, Suite
from agent.checks import resolve
from agent.engine import Engine
from agent.errors import ConfigError
from agent.run import Run
from agent.settings import Settings
from agent.stores import open_store
from agent.yaml_source import unknown


@dataclass(frozen=True)
class Result:
    """One case; without failures it passed."""

    suite: str
    case: str
    failures: list[str]
    seconds: float
    output: Any


async def play(engine: Engine, suite: str, name: str, case: Case) -> Result:
    tools: list[str] = []
    token, started = called.set(tools), time.perf_counter()
    try:
        session = f"{suite}:{case.session}" if case.session else None
        run = await engine.execute(Run(input=case.input, session_id=session, user="evaluations"))
    finally:
        called.reset(token)
    seconds = round(time.perf_counter() - started, 3)
    failures = list(unmet(case.expect, run, tools, seconds))
    return Result(suite, name, failures, seconds, run.output)


def unmet(expect: Expect, run: Run, tools: list[str], seconds: float) -> Iterator[str]:
    """What does not hold, each in a sentence."""
    if run.status != expect.status:
        reason = f": {run.error.message}" if run.error else ""
        yield f"it {run.status}, not {expect.status}{reason}"
        return
    yield from unmet_by_output(expect, run.output)
    for tool in expect.tool_called:
        if tool not in tools:
            yield f"{tool} was not called"
    used = {
        "max_cost_usd": float(run.usage.cost or 0),
        "max_tokens": run.usage.input_tokens + run.usage.output_tokens,
        "max_seconds": seconds,
    }
    for name, amount in used.items():
        most = getattr(expect, name)
        if most is not None and amount > most:
            yield f"{name} is {most}, and it took {amount}"


def unmet_by_output(expect: Expect, output: Any) -> Iterator[str]:
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    if expect.equals is not None and output != expect.equals:
        yield f"it is not {json.dumps(expect.equals, ensure_ascii=False)}"
    yield from (f'"{part}" is missing' for part in expect.contains if part not in text)
    yield from (f'"{part}" is in it' for part in expect.not_contains if part in text)
    if expect.regex and not re.search(expect.regex, text):
        yield f"nothing in it fits {expect.regex}"
    if expect.json_schema is not None:
        from jsonschema import Draft202012Validator

        errors = Draft202012Validator(expect.json_schema).iter_errors(output)
        yield from (f"{error.json_path}: {error.message}" for error in errors)
    if expect.check and not resolve(expect.check)(output):
        yield f"{expect.check} says no"


def report(settings: Settings, only: str | None, format: str) -> tuple[str, bool]:
    """What came of one suite or of all, and whether each reached its threshold.

    Nothing of it is kept: the runs are in a store that lasts as long as this call.
    Raises `ConfigError` for an unknown suite."""
    engine = Engine.from_config_dir(settings.config_dir, settings, open_store("sqlite://"))
    suites = engine.manifests.evaluations.suites
    if only and only not in suites:
        raise ConfigError(f"evaluations.yaml: {unknown('suite', only, suites)}")
    results = asyncio.run(play_all(engine, {only: suites[only]} if only else suites))
    played = {result.suite for result in results}
    good = all(share(results, name) >= suites[name].threshold for name in played)
    return {"text": as_text, "json": as_json, "junit": as_junit}[format](results), good


async def play_all(engine: Engine, suites: dict[str, Suite]) -> list[Result]:
    """Run the cases one after the other."""
    return [
        await play(engine, suite, case, given)
        for suite, cases in suites.items()
        for case, given in cases.cases.items()
    ]


def share(results: list[Result], suite: str) -> float:
    passed = [not result.failures for result in results if result.suite == suite]
    return sum(passed) / len(passed)


def as_text(results: list[Result]) -> str:
    lines = []
    for one in results:
        verdict = "FAILED" if one.failures else "passed"
        lines.append(f"{verdict}  {one.suite}.{one.case}  {one.seconds:.2f} s")
        lines += [f"        {failure}" for failure in one.failures]
        lines += [f"        it was: {json.dumps(one.output)}"] if one.failures else []
    return "\n".join(lines)


def as_json(results: list[Result]) -> str:
    return json.dumps([asdict(one) for one in results], indent=2, ensure_ascii=False, default=str)


def as_junit(results: list[Result]) -> str:
    root = Xml.Element("testsuites")
    for name in dict.fromkeys(one.suite for one in results):
        ones = [one for one in results if one.suite == name]
        failed = sum(bool(one.failures) for one in ones)
        counts = {"name": name, "tests": str(len(ones)), "failures": str(failed)}
        suite = Xml.SubElement(root, "testsuite", counts)
        for one in ones:
            about = {"classname": name, "name": one.case, "time": str(one.seconds)}
            case = Xml.SubElement(suite, "testcase", about)
            if one.failures:
                text = "\n".join(one.failures)
                Xml.SubElement(case, "failure", message=one.failures[0]).text = text
    return Xml.tostring(root, encoding="unicode")
