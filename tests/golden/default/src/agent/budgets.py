"""What a run may use, and what each of its agents may use of that for one task."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from pydantic_ai import Agent, RunUsage, UsageLimits

from agent import schemas as s


def limits(budget: s.Budget | s.AgentBudget, priced: bool) -> UsageLimits:
    """A budget as the library wants it. What is not `priced`, as the offline model, is free."""
    return UsageLimits(
        cost_limit=Decimal(str(budget.cost_usd)) if priced and budget.cost_usd else None,
        request_limit=budget.requests,
        tool_calls_limit=budget.tool_calls,
        total_tokens_limit=budget.tokens,
    )


@contextmanager
def account(
    agent: Agent[Any, Any], budget: s.AgentBudget | None, usage: RunUsage, most: UsageLimits | None
) -> Iterator[dict[str, Any]]:
    """How to ask an agent: on the account of who asks, or on its own, which is added to that."""
    if budget is None:
        yield {"usage": usage, "usage_limits": most}
        return
    own, priced = RunUsage(), getattr(agent.model, "model_name", "") != "offline"
    try:
        yield {"usage": own, "usage_limits": lower(limits(budget, priced), most, usage)}
    finally:
        usage.incr(own)


def lower(own: UsageLimits, most: UsageLimits | None, used: RunUsage) -> UsageLimits:
    """An agent's limits, or what is left of its run's where that is less."""
    if most is None:
        return own
    return UsageLimits(
        cost_limit=least(own.cost_limit, most.cost_limit, used.cost or Decimal()),
        request_limit=least(own.request_limit, most.request_limit, used.requests),
        tool_calls_limit=least(own.tool_calls_limit, most.tool_calls_limit, used.tool_calls),
        total_tokens_limit=least(
            own.total_tokens_limit, most.total_tokens_limit, used.total_tokens
        ),
    )


def least(own: Any, most: Any, used: Any) -> Any:
    left = None if most is None else max(most - used, 0)
    return min((limit for limit in (own, left) if limit is not None), default=None)
