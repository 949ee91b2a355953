"""The schemas of what happens without a caller: scheduled runs, plugins, evaluations."""
# ruff: noqa: RUF012 (pydantic copies default values)

import re
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import Field, field_validator

from agent.nodes import Dotted, Id, Strict
from agent.schema_base import Manifest

Event = Literal["run_started", "run_finished", "node_started", "node_finished", "waiting"]
Outcome = Literal["succeeded", "failed", "waiting"]


def zone(name: str) -> tzinfo:
    """Raises `ValueError` or `OSError` where this machine does not know the time zone."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _cron(value: str) -> str:
    try:
        next(CronSim(value, datetime.now(UTC)))
    except CronSimError as e:
        raise ValueError(f'cron "{value}": {e}') from None
    except StopIteration:
        raise ValueError(f'cron "{value}" never comes true') from None
    return value


class Job(Strict):
    cron: str = Field(description="minute hour day-of-month month day-of-week")
    timezone: str = Field("UTC", description="Whose clock `cron` reads, such as Europe/Berlin")
    input: str
    session_id: str | None = Field(None, description="One conversation for all runs of this job")
    enabled: bool = True
    catch_up_s: int = Field(300, ge=0, le=86_400, description="How late a missed run may start")

    _known_cron = field_validator("cron")(_cron)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone(value)
        except (ValueError, OSError, LookupError):
            raise ValueError(f'unknown time zone "{value}"') from None
        return value


class Scheduler(Manifest):
    jobs: dict[Id, Job] = {}


class ObserverDef(Strict):
    call: Dotted
    events: list[Event] = Field(["run_finished"], min_length=1)


class Plugins(Manifest):
    observers: list[ObserverDef] = Field([], description="Functions that are told of events")


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as e:
        raise ValueError(f"regular expression: {e}") from None
    return value


Regex = Annotated[str, Field(description="Regular expression, searched for")]


class Expect(Strict):
    """What must hold of a case's run; what is not said is not looked at."""

    status: Outcome = "succeeded"
    equals: Any = None
    contains: list[str] = []
    not_contains: list[str] = []
    regex: Regex | None = None
    json_schema: dict[str, Any] | None = Field(None, description="Of the output")
    tool_called: list[Id] = []
    max_cost_usd: float | None = Field(None, ge=0)
    max_tokens: int | None = Field(None, ge=0)
    max_seconds: float | None = Field(None, gt=0)
    check: Dotted | None = Field(None, description="A function; what it returns must be true")

    @field_validator("regex")
    @classmethod
    def _known_regex(cls, value: str | None) -> str | None:
        return value and _regex(value)


class Case(Strict):
    input: str
    session: str | None = Field(None, description="Cases of one session are one conversation")
    expect: Expect = Expect()


class Suite(Strict):
    description: str = ""
    threshold: float = Field(1.0, ge=0, le=1, description="The share of cases that must pass")
    cases: dict[Id, Case] = Field(min_length=1)


class Evaluations(Manifest):
    suites: dict[Id, Suite] = {}
