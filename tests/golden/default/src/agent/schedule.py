"""The jobs of config/scheduler.yaml. Each tick starts one run, however many processes there are:
the run's id says which job and when, and the store takes an id only once."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from cronsim import CronSim

from agent.automation import Job, zone
from agent.logs import log
from agent.run import Run

if TYPE_CHECKING:
    from agent.service import Service


class Schedule:
    """A chore of the service: starts what is due. A tick that was missed starts late, by up to
    `catch_up_s`; of several missed ticks of a job only the newest does."""

    def __init__(self, service: "Service"):
        self.service = service
        self.before = datetime.now(UTC)
        self.done: dict[str, datetime] = {}

    async def tick(self) -> None:
        if self.service.draining:
            return
        now = datetime.now(UTC)
        for name, job in self.service.engine.manifests.scheduler.jobs.items():
            since = min(self.before, now - timedelta(seconds=job.catch_up_s))
            due = newest_due(job, since, now) if job.enabled else None
            if due and self.done.get(name) != due:
                await self.start(name, job, due)
                self.done[name] = due
        self.before = now

    async def start(self, name: str, job: Job, due: datetime) -> None:
        """Queue the run of a tick, unless another process has."""
        session = f"scheduler:{job.session_id}" if job.session_id else None
        run = Run(id=run_id(name, due), input=job.input, session_id=session, user="scheduler")
        if await self.service.engine.put(run, new=True):
            log.info("job_started", job=name, due=due.isoformat(), run_id=run.id)
            await self.service.take(run.id, "queued")


def run_id(name: str, due: datetime) -> str:
    """The same in every process."""
    return hashlib.sha256(f"{name}@{due.astimezone(UTC).isoformat()}".encode()).hexdigest()[:32]


def newest_due(job: Job, since: datetime, now: datetime) -> datetime | None:
    """The newest time of a job after `since` and not after `now`."""
    start = (now + timedelta(minutes=1)).astimezone(zone(job.timezone))
    for due in CronSim(job.cron, start, reverse=True):
        if due <= now:
            return due if due > since else None
    return None


def coming(job: Job, now: datetime, count: int) -> Iterator[datetime]:
    """The next times of a job, by its own clock."""
    return islice(CronSim(job.cron, now.astimezone(zone(job.timezone))), count)
