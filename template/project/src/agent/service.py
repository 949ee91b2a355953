"""The running service: the current engine, the runs in progress, and reloading on change."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from agent import features, lock
from agent.elsewhere import elsewhere
from agent.engine import Engine
from agent.errors import ConfigError
from agent.logs import log, log_event
from agent.manifests import hashes
from agent.metrics import Metrics
from agent.readiness import Check
from agent.run import Observer, Run
from agent.schedule import Schedule
from agent.settings import Settings

TICK_S = 1.0
OVERDUE_S = 3600  # a person who takes longer may have forgotten it


class Service:
    """Raises `ConfigError` if manifests or environment are wrong, or one of `checks` refuses."""

    def __init__(self, settings: Settings, *checks: Check):
        self.settings = settings
        self.engine = Engine.from_config_dir(settings.config_dir, settings, checks=checks)
        manifests, self.store = self.engine.manifests, self.engine.store
        self.metrics = Metrics(manifests.metrics)
        self.engine.observers += [self.metrics, log_event]
        self.gate = asyncio.Semaphore(manifests.policies.max_concurrent_runs)
        self.active: dict[str, tuple[Run, asyncio.Task[Run]]] = {}
        self.seen = manifests.hashes | lock.seen(settings.config_dir)
        self.reload_error, self.draining = "", False

    def start(self, run: Run, stream: Observer | None = None) -> asyncio.Task[Run]:
        """Execute a run in the background, as soon as there is room for it, here or elsewhere."""
        if not self.settings.execute:
            return asyncio.create_task(elsewhere(self, run, stream))

        async def execute() -> Run:
            try:
                await self.gate.acquire()
            except asyncio.CancelledError:  # at shutdown: who hears "queued" must find it again
                if run.status != "waiting" and not (run.cancelling or stream):
                    was, run.status = run.status, "queued"
                    await self.engine.put(run, was)
                raise
            try:
                return await self.engine.execute(run, stream)
            finally:
                self.gate.release()

        task = asyncio.create_task(execute())
        self.active[run.id] = run, task
        task.add_done_callback(lambda _: self.active.pop(run.id, None))
        return task

    async def finish(self, run: Run) -> Run:
        """Execute a run to its end, to a pause, or until it is cancelled. Raises `Superseded`."""
        task = self.start(run)
        await asyncio.wait([task])
        return run if task.cancelled() else task.result()

    async def submit(self, run: Run) -> None:
        """Queue a run: it starts here, or in whichever process has room first."""
        await self.engine.put(run)
        await self.take(run.id, "queued")

    async def take(self, run_id: str, status: str, idle: float = 0) -> None:
        if self.draining or self.gate.locked() or not self.settings.execute:
            return
        run = await self.get(run_id)
        if run and run.status == status and await self.engine.claim(run, idle):
            self.start(run)

    async def get(self, run_id: str) -> Run | None:
        body = await self.store.get("run", run_id)
        return Run.model_validate(body) if body else None

    async def cancel(self, run: Run) -> Run:
        """Stop a run wherever it is, unless it has ended already."""
        if run.id in self.active:
            run, task = self.active[run.id]
            run.cancelling = True
            task.cancel()
            await asyncio.wait([task])
        if run.status in ("queued", "running", "waiting"):  # or in another process
            was, run.status = run.status, "cancelled"
            if not await self.engine.put(run, was):
                return await self.get(run.id) or run
        return run

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do the chores meanwhile, and drain at the end."""
        every = [self.keep, self.watch, Schedule(self).tick, *features.chores]
        chores = [asyncio.create_task(forever(chore)) for chore in every]
        try:
            yield
        finally:
            self.drain()
            await asyncio.gather(*(run[1] for run in self.active.values()), return_exceptions=True)
            for chore in chores:  # till now they keep the runs, and say that this process works
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await self.store.close()

    def drain(self) -> None:
        """Take no more runs, and put those back into the queue that need over `drain_seconds`."""
        if not self.draining:
            self.draining = True
            asyncio.get_running_loop().call_later(self.settings.drain_seconds, self.put_back)

    def put_back(self) -> None:
        for _, task in self.active.values():
            task.cancel()  # its checkpoints stay: another process, or the next one, goes on there

    async def keep(self) -> None:
        """Keep our runs, take those that nobody has or that lost their process, and sweep."""
        for run_id, (_, task) in list(self.active.items()):
            if not await self.store.touch("run", run_id, "running"):
                run = await self.get(run_id)
                if run and run.status == "cancelled":  # by another process
                    task.cancel()
        for status, idle in ("queued", 0.0), ("running", self.settings.lease_seconds):
            for run_id in await self.store.find("run", status, idle):
                await self.take(run_id, status, idle)
        self.metrics.queued.set(await self.store.count("run", "queued"))
        await self.store.sweep()
        self.metrics.overdue.set(len(await self.store.find("run", "waiting", OVERDUE_S)))
        self.metrics.store_seen.set_to_current_time()

    async def watch(self) -> None:
        """Use changed manifests for the next run; keep the old ones if the new ones are wrong."""
        config, observers = self.settings.config_dir, self.engine.observers
        found = await asyncio.to_thread(hashes, config) | lock.seen(config)
        if found == self.seen:
            return
        self.seen, self.reload_error = found, ""
        try:
            self.engine = await asyncio.to_thread(
                Engine.from_config_dir, config, self.settings, self.store, observers
            )
            log.info("manifests_reloaded", hash=self.engine.manifests.hash)
        except ConfigError as e:
            self.reload_error = str(e)
            log.error("manifests_rejected", error=str(e))

    async def health(self) -> dict[str, Any]:
        """What works and what does not, without the text of any exception but the manifests'."""
        metadata, store = self.engine.metadata, "ok"
        try:
            await asyncio.wait_for(self.store.sweep(), 3)
        except Exception:
            log.exception("store_failed")
            store = "error"
        return {
            "status": "unhealthy" if store != "ok" or self.draining else "healthy",
            "draining": self.draining,
            "store": store,
            "model_mode": self.engine.mode,
            "active_runs": len(self.active),
            "reload_error": self.reload_error or None,
            "engine_version": metadata.engine_version,
            "environment": metadata.environment,
            "loaded_at": metadata.loaded_at,
            "manifest_hashes": dict(metadata.manifest_hashes),
        }


async def forever(chore: Callable[[], Awaitable[None]]) -> None:
    """Do a chore every `TICK_S`, whatever happens."""
    while True:
        await asyncio.sleep(TICK_S)
        try:
            await chore()
        except Exception:
            log.exception("chore_failed")
