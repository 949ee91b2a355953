"""What a process with AGENT_EXECUTE=false does with a run: others execute it, and it waits."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from agent.run import Observer, Run, Superseded

if TYPE_CHECKING:
    from agent.service import Service

POLL_S = 0.2


async def elsewhere(service: "Service", run: Run, stream: Observer | None = None) -> Run:
    """Queue a run, and wait until it has ended or waits for a person, as long as a run may take.

    A stream hears only of the end. Raises `Superseded` if the run is being resumed already.
    """
    was = run.status if run.status == "waiting" else ""
    run.status, run.waiting = "queued", {}
    if not await service.engine.put(run, was):
        raise Superseded
    found = run
    with suppress(TimeoutError):
        async with asyncio.timeout(service.engine.manifests.workflow.timeout_s):
            while found.status in ("queued", "running") and not service.draining:
                await asyncio.sleep(POLL_S)
                found = await service.get(run.id) or found
                run.status = found.status  # for whoever wants to cancel it
    if stream:
        told = found.model_dump(mode="json", include={"status", "cached", "output", "error"})
        stream({"event": "run_finished", "run_id": run.id, **told})
    return found
