"""The 2389 agent protocol: topics, envelopes and errors."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from agent.run import Answer, RunError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
ID = re.compile(r"[a-zA-Z0-9._-]{1,128}")
TOPIC = r"^[^+#\x00]{1,1024}$"

Document = dict[str, Any]
Code = Literal[
    "tool_execution_failed",
    "llm_error",
    "invalid_input",
    "pipeline_depth_exceeded",
    "internal_error",
]
CODES: dict[str, Code] = {
    "model_failed": "llm_error",
    "bad_answer": "llm_error",
    "budget_exceeded": "llm_error",
    "remote_failed": "tool_execution_failed",
}


class Refused(Exception):
    """A message that is no task for us. Its sender is told, if it says where to."""

    def __init__(self, code: Code, message: str, raw: Any):
        super().__init__(message)
        self.code, raw = code, raw if isinstance(raw, dict) else {}
        conversation, task = str(raw.get("conversation_id")), raw.get("task_id")
        self.conversation_id = conversation if ID.fullmatch(conversation) else ""
        self.task_id = task if isinstance(task, str) and ID.fullmatch(task) else None

    @property
    def document(self) -> Document:
        return error(self.task_id, self.code, str(self))


class Next(BaseModel):
    """Who gets the output."""

    topic: str = Field(pattern=TOPIC)
    instruction: str | None = None
    next: "Next | None" = None


class Envelope(BaseModel):
    """A task, or with `answers` what a person decided about one that waits."""

    task_id: UUID
    conversation_id: str = Field(pattern=f"^{ID.pattern}$")
    topic: str
    instruction: str | None = None
    input: Any = None
    next: Next | None = None
    answers: dict[str, Answer] = {}

    @property
    def text(self) -> str:
        """What the workflow gets: the instruction, and what it is about."""
        about = "" if self.input is None else text_of(self.input)
        return "\n\n".join(filter(None, [self.instruction, about]))


def parse(payload: bytes, topic: str) -> Envelope | None:
    """None if the task is for another topic than the one it came by. Raises `Refused`."""
    raw, too_long = None, len(payload) > MAX_BYTES
    try:
        raw = from_json(payload[:MAX_BYTES], allow_inf_nan=False, allow_partial=too_long)
        if too_long:
            raise Refused("invalid_input", f"At most {MAX_BYTES} bytes are taken.", raw)
        if isinstance(raw, dict) and sum(1 for _ in nested(raw)) > MAX_DEPTH:
            raise Refused("pipeline_depth_exceeded", f"At most {MAX_DEPTH} agents in a row.", raw)
        envelope = Envelope.model_validate(raw)
    except ValidationError as e:
        where = ".".join(map(str, e.errors()[0]["loc"]))
        raise Refused("invalid_input", f"{where or 'envelope'}: {e.errors()[0]['msg']}", raw) from e
    except ValueError as e:
        raise Refused("invalid_input", "This is no JSON.", raw) from e
    return envelope if canonical(envelope.topic) == canonical(topic) else None


def nested(raw: Any) -> Iterator[Document]:
    while isinstance(raw := raw.get("next"), dict):
        yield raw


def canonical(topic: str) -> str:
    return "/" + "/".join(filter(None, topic.split("/")))


def input_topic(agent_id: str) -> str:
    return f"/control/agents/{agent_id}/input"


def status_topic(agent_id: str) -> str:
    return f"/control/agents/{agent_id}/status"


def conversation_topic(conversation_id: str, agent_id: str) -> str:
    return f"/conversations/{conversation_id}/{agent_id}"


def status(agent_id: str, status: Literal["available", "unavailable"]) -> str:
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return json.dumps({"agent_id": agent_id, "status": status, "timestamp": now})


def error(task_id: str | None, code: Code, message: str) -> Document:
    return {"error": {"code": code, "message": message}, "task_id": task_id}


def run_error(task_id: str, cause: RunError | None) -> Document:
    """Why a run has no output, in the protocol's words."""
    code = CODES.get(cause.code, "internal_error") if cause else "internal_error"
    return error(task_id, code, cause.message if cause else "The task was cancelled.")


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
