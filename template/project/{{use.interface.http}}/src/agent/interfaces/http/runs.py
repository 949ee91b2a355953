"""/v1/runs: start, stream, queue, read, resume and cancel runs."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from agent.incoming import Refused, RunRequest
from agent.interfaces.http.auth import Approver, Caller, Runner
from agent.interfaces.http.errors import MEANING, Refusal, refusals
from agent.run import Answer, Run, RunError, Status, Superseded

router = APIRouter(prefix="/v1/runs", tags=["runs"], responses=refusals())
STATUS = {"queued": 202, "running": 202, "waiting": 202}  # there is no result yet
STATUS |= {"timeout": 504, "budget_exceeded": 402, "model_failed": 502, "bad_answer": 502}
STATUS |= {"failed": 500, "remote_failed": 502}
POLL_S = 0.2
Key = Annotated[str | None, Header(alias="Idempotency-Key", pattern=r"^[!-~]{1,255}$")]


class Question(BaseModel):
    """What a person must decide."""

    message: str
    choices: list[str]
    tool_calls: dict[str, Any]


class RunResponse(BaseModel):
    id: str
    status: Status
    output: Any
    error: RunError | None
    waiting: dict[str, Question]
    usage: dict[str, int | float | None]
    cached: bool
    manifests: str


ENDED: dict[int | str, dict[str, Any]] = {
    status: {"model": RunResponse, "description": MEANING[status]} for status in (402, 502, 504)
}
ENDED |= {
    202: {"model": RunResponse, "description": "There is no result yet"},
    500: {"model": RunResponse | Refusal, "description": MEANING[500]},
}
AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"model": RunResponse, "description": "The run that this Idempotency-Key has started"}
}
AS_JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
NO_STREAM = {
    status: {"description": about["description"], "content": AS_JSON}
    for status, about in refusals(400, 413).items()
}


def respond(run: Run, response: Response) -> RunResponse:
    response.status_code = STATUS.get(run.error.code if run.error else run.status, 200)
    counted = ("requests", "tool_calls", "input_tokens", "output_tokens")
    usage: dict[str, int | float | None] = {name: getattr(run.usage, name) for name in counted}
    usage["cost_usd"] = None if run.usage.cost is None else float(run.usage.cost)
    kept = {"id", "status", "output", "error", "manifests", "waiting", "cached"}
    return RunResponse(**run.model_dump(include=kept), usage=usage)


async def new_run(body: RunRequest, caller: Runner) -> Run:
    try:
        return body.run_for(caller.name, caller.service.engine.manifests.policies)
    except Refused as e:
        raise HTTPException(413, str(e)) from None


def no_key(
    key: Annotated[str, Header(alias="Idempotency-Key", include_in_schema=False)] = "",
) -> None:
    if key:
        raise HTTPException(422, "a stream takes no Idempotency-Key: use /v1/runs instead")


async def own_run(run_id: str, caller: Caller) -> Run:
    run = await caller.service.get(run_id)
    if run is None or (run.user != caller.name and not caller.may("admin")):
        raise HTTPException(404, "no such run")
    return run


async def started(new: Run, key: str | None, caller: Caller) -> Run | None:
    """The run that this Idempotency-Key has started already; None if it is the key's first use."""
    if key is None:
        return None
    new.id = hashlib.sha256(f"{caller.name}\n{key}".encode()).hexdigest()[:32]
    if await caller.service.engine.put(new, new=True):
        return None
    found = await own_run(new.id, caller)
    if (found.input, found.session_id) != (new.input, new.session_id):
        raise HTTPException(422, "this Idempotency-Key was used for another request")
    return found


async def settled(found: Run, caller: Caller) -> Run:
    """A run that was started before, when it has ended or waits, wherever it is running."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(caller.service.engine.manifests.workflow.timeout_s):
            while found.status in ("queued", "running") and not caller.service.draining:
                await asyncio.sleep(POLL_S)
                found = await own_run(found.id, caller)
    return found


@router.post("", responses=refusals(400, 413) | ENDED)
async def run(body: RunRequest, caller: Runner, response: Response, key: Key = None) -> RunResponse:
    """Run to the end, or to the first thing a person must decide (202)."""
    new = await new_run(body, caller)
    if key:
        new.status = "running"  # a queued one would be taken by whoever has room
    if found := await started(new, key, caller):
        return respond(await settled(found, caller), response)
    return respond(await caller.service.finish(new), response)


@router.post("/stream", response_class=EventSourceResponse, responses=NO_STREAM)
async def stream(
    new: Annotated[Run, Depends(new_run)], _: Annotated[None, Depends(no_key)], caller: Runner
) -> AsyncIterator[ServerSentEvent]:
    """The same as server-sent events; the last one, run_finished, has the output."""
    events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    task = caller.service.start(new, events.put_nowait)
    task.add_done_callback(lambda _: events.put_nowait(None))
    try:
        while (event := await events.get()) is not None:
            yield ServerSentEvent(event=event.pop("event"), data=event)
    finally:
        if not task.done():  # the caller has gone
            await caller.service.cancel(new)


@router.post("/async", status_code=202, responses=refusals(400, 413) | ENDED | AGAIN)
async def submit(
    body: RunRequest, caller: Runner, response: Response, key: Key = None
) -> RunResponse:
    """Queue a run, and say where to ask for it."""
    new = await new_run(body, caller)
    if found := await started(new, key, caller):
        new = found
    elif key:
        await caller.service.take(new.id, "queued")
    else:
        await caller.service.submit(new)
    response.headers["Location"] = f"/v1/runs/{new.id}"
    return respond(new, response)


@router.get("/{run_id}", responses=refusals(404))
async def read(run_id: str, caller: Runner) -> RunResponse:
    """How a run stands."""
    return respond(await own_run(run_id, caller), Response())


@router.post("/{run_id}/resume", responses=refusals(400, 404, 409, 413) | ENDED)
async def resume(
    run_id: str, answers: dict[str, Answer], caller: Approver, response: Response
) -> RunResponse:
    """Answer what a run waits for, by the path of its node, and go on."""
    found = await own_run(run_id, caller)
    if found.status != "waiting":
        raise HTTPException(409, f"the run is {found.status}")
    for node, answer in answers.items():
        if node not in found.waiting or answer.choice not in found.waiting[node].choices:
            raise HTTPException(422, "answer what is waiting, with one of its choices")
        found.answers[node] = answer.model_copy(update={"by": caller.name})
    try:
        return respond(await caller.service.finish(found), response)
    except Superseded:
        raise HTTPException(409, "the run is being resumed already") from None


@router.post("/{run_id}/cancel", responses=refusals(404, 409))
async def cancel(run_id: str, caller: Runner) -> RunResponse:
    """Stop a run that is queued, running or waiting."""
    run = await caller.service.cancel(await own_run(run_id, caller))
    if run.status != "cancelled":
        raise HTTPException(409, f"the run has {run.status} already")
    return respond(run, Response())
