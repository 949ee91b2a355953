"""A run: one input on its way through the workflow, as it is kept in the store."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic_ai import RunUsage, UnexpectedModelBehavior, UsageLimitExceeded
from pydantic_ai.exceptions import ModelAPIError

Observer = Callable[[dict[str, Any]], None]
Status = Literal["queued", "running", "waiting", "succeeded", "failed", "cancelled"]
Code = Literal[
    "timeout", "budget_exceeded", "model_failed", "bad_answer", "remote_failed", "failed"
]


class RunError(BaseModel):
    """Why a run failed, in words that are safe to show; the log has the rest under the run's id."""

    code: Code
    message: str
    node: str | None = None


class Answer(BaseModel):
    """What a person decided about a waiting node."""

    choice: str
    comment: str = Field("", max_length=4000)
    by: str = "anonymous"


class Waiting(BaseModel):
    """What a paused run waits for. `history` is the conversation a tool call was stopped in."""

    message: str
    choices: list[str]
    tool_calls: dict[str, Any] = {}
    history: list[Any] = []


class Run(BaseModel):
    """`state` holds every output by the path of its node, such as `plan` or `work[2].step`;
    `booked` is the part of `usage` that the ledger has."""

    id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    input: str
    session_id: str | None = None
    user: str = "anonymous"
    status: Status = "queued"
    output: Any = None
    error: RunError | None = None
    state: dict[str, Any] = {}
    waiting: dict[str, Waiting] = {}
    answers: dict[str, Answer] = {}
    usage: RunUsage = Field(default_factory=RunUsage)
    booked: dict[str, float] = {}
    cached: bool = False
    manifests: str = ""
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    cancelling: bool = Field(False, exclude=True)


@dataclass(frozen=True)
class Deps:
    """What a tool that takes a `RunContext[Deps]` can see of the run it works for."""

    run_id: str
    user: str
    session_id: str | None


class Paused(Exception):
    """A node waits for a person."""


class Superseded(Exception):
    """The run was cancelled, or taken over, by another process."""


class RemoteFailed(Exception):
    """Another agent service did not answer, or its run did not succeed."""


class NodeFailed(Exception):
    """A node failed for good."""

    def __init__(self, path: str, cause: Exception):
        super().__init__(f"{path}: {type(cause).__name__}")
        self.path, self.cause = path, cause


def safe_error(error: Exception) -> RunError:
    """What callers may know of a failure: never the text of an exception."""
    node, cause = (error.path, error.cause) if isinstance(error, NodeFailed) else (None, error)
    if isinstance(cause, ExceptionGroup):  # of every model that was asked
        cause = cause.exceptions[-1]
    match cause:
        case TimeoutError():
            return RunError(code="timeout", message="It took too long.", node=node)
        case UsageLimitExceeded():
            return RunError(code="budget_exceeded", message="The budget is used up.", node=node)
        case ModelAPIError():
            return RunError(code="model_failed", message="No model answered.", node=node)
        case UnexpectedModelBehavior():
            return RunError(code="bad_answer", message="The answer has a wrong form.", node=node)
        case RemoteFailed():
            return RunError(code="remote_failed", message="Another agent failed.", node=node)
    return RunError(code="failed", message="A step failed.", node=node)
