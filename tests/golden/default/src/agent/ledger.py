"""What each caller has used, by day (UTC): runs that ended, model requests, tokens and cost.

Written at the end of every execution, of failed ones too, so that `daily_budget` of policies.yaml
holds over all processes and interfaces. Runs that are in progress at once may overshoot it.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_ai import UsageLimitExceeded

from agent.logs import log
from agent.manifests import Manifests, load
from agent.run import Run
from agent.settings import Settings
from agent.stores import Store, Totals, open_store

DAY_S = 86_400


class DayBudgetExceeded(UsageLimitExceeded):
    """The caller has used up what `daily_budget` allows."""


def kind(day: datetime) -> str:
    """The kind of counters that a day has in the store; their ids are the callers."""
    return f"usage:{day:%Y-%m-%d}"


def take(run: Run) -> Totals:
    """What a run has used and nobody has booked yet; from now on it counts as booked."""
    before, run.booked = run.booked, totals(run)
    return {name: total - before.get(name, 0) for name, total in run.booked.items()}


async def book(store: Store, manifests: Manifests, user: str, used: Totals) -> None:
    """Add to what a caller has used today. A store that fails now fails no run."""
    try:
        ttl = (manifests.memory.ledger_days + 1) * DAY_S
        await store.add(kind(datetime.now(UTC)), user, used, ttl)
    except Exception:
        log.exception("usage_not_booked", **used)


def totals(run: Run) -> Totals:
    """All that a run has used so far."""
    return {
        "runs": float(run.status in ("succeeded", "failed", "cancelled")),
        "requests": float(run.usage.requests),
        "input_tokens": float(run.usage.input_tokens),
        "output_tokens": float(run.usage.output_tokens),
        "cost_usd": float(run.usage.cost or 0),
    }


async def check(store: Store, manifests: Manifests, user: str) -> None:
    """Raises `DayBudgetExceeded`."""
    most = manifests.policies.daily_budget
    if most.cost_usd is None and most.tokens is None:
        return
    today = kind(datetime.now(UTC))
    used = (await store.totals(today, user)).get(user, {})
    tokens = used.get("input_tokens", 0) + used.get("output_tokens", 0)
    for allowed, total in (most.cost_usd, used.get("cost_usd", 0)), (most.tokens, tokens):
        if allowed is not None and total >= allowed:
            raise DayBudgetExceeded(f"{user} has used {total} of {allowed} today")


async def usage(store: Store, days: int, user: str = "") -> list[dict[str, Any]]:
    """A row for each of the last days and each caller, or for one caller; the newest day first."""
    rows, now = list[dict[str, Any]](), datetime.now(UTC)
    for day in (now - timedelta(days=ago) for ago in range(days)):
        for name, used in (await store.totals(kind(day), user)).items():
            rows.append({"day": f"{day:%Y-%m-%d}", "user": name} | row(used))
    return rows


def row(used: Totals) -> dict[str, float]:
    """Counts as whole numbers, and dollars without the dust of floating point."""
    counts: dict[str, float] = {name: round(total) for name, total in used.items()}
    return counts | {"cost_usd": round(used.get("cost_usd", 0), 9)}


def show(settings: Settings, days: int, as_json: bool) -> str:
    """The usage of all callers, for people or as JSON. Raises `ConfigError`."""
    manifests = load(settings.config_dir, settings.env)
    store = open_store(settings.store_url or manifests.memory.store_url)

    async def read() -> list[dict[str, Any]]:
        try:
            return await usage(store, days)
        finally:
            await store.close()

    rows = asyncio.run(read())
    if as_json:
        return json.dumps(rows, indent=2)
    lines = [[*rows[0]], *([*each.values()] for each in rows)] if rows else [["none"]]
    return "\n".join("  ".join(f"{cell:<13}" for cell in line).rstrip() for line in lines)
