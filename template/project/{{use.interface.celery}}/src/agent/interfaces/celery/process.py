"""The service in one process of the pool: Celery's tasks are plain functions, the engine is not.

So an event loop runs beside them in a thread. All processes are told to drain by a pipe that ends
when the parent is told to stop, because Celery itself tells them nothing before their last task.
"""

import asyncio
import os
import threading
from typing import ClassVar

from agent.messages import once
from agent.run import Run
from agent.service import Service
from agent.settings import Settings
from agent.working import working

GRACE_S = 5.0  # to write what is left when the time of the runs is over


class Process:
    """Raises `ConfigError` if the manifests or the environment are wrong."""

    parent: ClassVar[int] = os.getpid()
    pipe: ClassVar[list[int]] = list(os.pipe())
    found: ClassVar["Process | None"] = None
    lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, settings: Settings):
        self.service = Service(settings.model_copy(update={"execute": True}))
        self.stop = asyncio.Event()
        self.loop, self.waiting = asyncio.new_event_loop(), set[asyncio.Task[Run]]()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.working = asyncio.run_coroutine_threadsafe(self.work(), self.loop)

    @classmethod
    def of_this(cls, settings: Settings) -> "Process":
        """The one of this process."""
        with cls.lock:
            if cls.found is None:
                if os.getpid() != cls.parent:
                    cls.stop_all()  # the child's copy: the pipe ends with the parent's
                cls.found = cls(settings)
            return cls.found

    @classmethod
    def stop_all(cls) -> None:
        """Also called by signal handlers."""
        while len(cls.pipe) > 1:
            os.close(cls.pipe.pop())

    async def work(self) -> None:
        self.loop.add_reader(self.pipe[0], self.stop.set)
        async with working(self.service):
            await self.stop.wait()
            self.loop.remove_reader(self.pipe[0])
            self.service.drain()
            await asyncio.gather(*self.waiting, return_exceptions=True)

    def once(self, run: Run) -> Run:
        """Execute a run, or wait for it, from the thread of a task."""
        return asyncio.run_coroutine_threadsafe(self._once(run), self.loop).result()

    async def _once(self, run: Run) -> Run:
        task = asyncio.create_task(once(self.service, run))
        self.waiting.add(task)
        task.add_done_callback(self.waiting.discard)
        return await task

    def end(self) -> None:
        """Drain what is left, of runs that came from the store too."""
        self.loop.call_soon_threadsafe(self.stop.set)
        self.working.result(self.service.settings.drain_seconds + GRACE_S)
