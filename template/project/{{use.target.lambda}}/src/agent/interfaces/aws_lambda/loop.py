"""The service, asked by one invocation after the other.

Between two invocations the process is frozen. So it asks for the next one when no run is left that
it has started: whoever has queued one has got an answer by then. An event that is no request, such
as that of a schedule, makes it work off the queue. The store is the queue; there is no other.
"""

import asyncio
from typing import Any

import httpx2
import uvicorn

from agent.errors import ConfigError
from agent.interfaces.aws_lambda.events import from_response, is_request, to_request
from agent.interfaces.aws_lambda.runtime import PATIENCE, Invocation, Runtime
from agent.interfaces.http.app import create_app
from agent.interfaces.http.server import bind
from agent.logs import log, setup
from agent.manifests import load
from agent.schedule import Schedule
from agent.service import Service
from agent.settings import Settings

MARGIN_S = 5.0  # for putting back and answering, before AWS kills the process


def run(settings: Settings, api: str) -> None:
    """Answer as long as AWS lets it. Raises `ConfigError` if it cannot start."""
    setup(settings)
    service = Service(settings, settings.check_auth, lambda: check_store(settings))
    asyncio.run(Loop(service, Runtime(api)).run())


def check_store(settings: Settings) -> None:
    """Raises `ConfigError` if runs would be kept in a file."""
    url = settings.store_url or load(settings.config_dir, settings.env).memory.store_url
    if url.startswith("sqlite:"):
        raise ConfigError(
            "AGENT_STORE_URL: AWS Lambda keeps no files, and SQLite is one: name a store that all"
            " instances of the function reach"
        )


class Loop:
    """The real server of the service on localhost, and what passes invocations on to it."""

    def __init__(self, service: Service, runtime: Runtime):
        self.service, self.runtime, self.schedule = service, runtime, Schedule(service)
        self.base = f"http://127.0.0.1:{service.settings.port}"
        self.client = httpx2.AsyncClient(timeout=PATIENCE, trust_env=False)
        options: dict[str, Any] = {"log_config": None, "access_log": False}
        self.server = uvicorn.Server(uvicorn.Config(create_app(service), **options))

    async def run(self) -> None:
        listening = bind("127.0.0.1", self.service.settings.port)
        serving = asyncio.create_task(self.server.serve([listening]))
        log.info("serving", host="lambda", mode=self.service.engine.mode)
        try:
            async with self.client, self.runtime.client:
                while True:
                    await self.handle(await self.runtime.next())
        finally:
            self.server.should_exit = True
            await serving

    async def handle(self, invocation: Invocation) -> None:
        last = invocation.seconds_left() - MARGIN_S
        guard = asyncio.get_running_loop().call_later(last, self.give_up)
        try:
            await (self.ask if is_request(invocation.event) else self.work)(invocation)
        except httpx2.HTTPError:  # the caller has gone, or the answer is larger than AWS takes
            log.exception("answer_lost")
        while self.service.active:
            await self.progress()
        guard.cancel()
        self.service.draining = False

    async def ask(self, invocation: Invocation) -> None:
        request = to_request(invocation.event, self.base)
        response = await self.client.send(request, stream=True)
        try:
            await self.runtime.stream(invocation, from_response(response))
        finally:
            await response.aclose()

    async def work(self, invocation: Invocation) -> None:
        """Say how the service is, then start what is due and what is queued until nothing is."""
        found = await self.service.health()
        if found["status"] != "healthy":
            return await self.runtime.fail(invocation, "not ready: the log says why")
        await self.runtime.answer(invocation, {"status": "ready"})
        await self.schedule.tick()
        await self.service.keep()
        while self.service.active:
            await self.progress()
            await self.service.keep()

    async def progress(self) -> None:
        tasks = [task for _, task in self.service.active.values()]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)

    def give_up(self) -> None:
        """The time is up: what still runs goes on from its checkpoint in the next invocation."""
        log.info("invocation_too_long", runs=len(self.service.active))
        self.service.draining = True
        self.service.put_back()
