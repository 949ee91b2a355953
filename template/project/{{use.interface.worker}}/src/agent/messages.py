"""Requests that come through a broker, which may deliver each of them more than once."""

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from agent import schemas as s
from agent.incoming import Refused, RunRequest
from agent.run import Run

if TYPE_CHECKING:
    from agent.service import Service

POLL_S = 0.5
SAME = ("input", "session_id", "user")
ENDED = ("succeeded", "failed", "cancelled", "waiting")


class Message(RunRequest):
    """A request whose sender is trusted to say who asks: not everybody may write to a broker."""

    id: str | None = Field(None, max_length=128, pattern=r"^[\w.-]+$")
    user: str = Field("anonymous", pattern=r"^[!-9;-~]{1,128}$")


def read(body: bytes | dict[str, Any], policies: s.Policies, id: str) -> Run:
    """The run that a message asks for; `id` is for one that names none.

    Raises `Refused`, without repeating what was sent.
    """
    if isinstance(body, bytes) and len(body) > policies.max_body_bytes:
        raise Refused("the message is too large")
    try:
        parse = Message.model_validate_json if isinstance(body, bytes) else Message.model_validate
        message = parse(body)  # type: ignore[arg-type]  # each takes what it is given here
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Refused(f"{where}: {first['msg']}" if where else first["msg"]) from None
    run = message.run_for(message.user, policies)
    run.id = message.id or id
    return run


async def once(service: "Service", new: Run) -> Run:
    """Execute a run, or wait for it if it is known already: the same id is the same run.

    Unless it is in `ENDED` then, this process is being stopped, and the message must be delivered
    again. Raises `Refused` if the id is that of another request.
    """
    while True:
        found = await service.get(new.id)
        if found and any(getattr(found, name) != getattr(new, name) for name in SAME):
            raise Refused("this id was used for another request")
        if service.draining or (found and found.status in ENDED):
            return found or new
        run = found or new
        if await claim(service, run, known=bool(found)):
            await service.finish(run)
        else:
            await asyncio.sleep(POLL_S)


async def claim(service: "Service", run: Run, known: bool) -> bool:
    """Make a run ours, if it is new, waits for room, or has lost its process."""
    if not known:
        run.status = "running"
        return await service.engine.put(run, new=True)
    return await service.engine.claim(
        run, service.settings.lease_seconds if run.status == "running" else 0
    )


def answer(run: Run) -> dict[str, Any]:
    """What the sender gets, as JSON."""
    told = run.model_dump(mode="json", include={"id", "status", "output", "error"})
    asked = {path: w.model_dump(exclude={"history"}) for path, w in run.waiting.items()}
    return told | {"waiting": asked}
