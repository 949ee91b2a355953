"""CPU milliseconds of one request, as JSON: of the service, and of FastAPI that asks its agent.

Runs inside a generated project, with that project's Python: see bench_service.py.
"""

import asyncio
import json
import time
from typing import Any

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from pydantic import BaseModel

from agent.interfaces.http.app import create_app
from agent.logs import setup
from agent.service import Service
from agent.settings import Settings

BATCHES, REQUESTS = 25, 40


class Question(BaseModel):
    input: str


def direct(service: Service) -> FastAPI:
    """What somebody writes without a template."""
    app, agent = FastAPI(), next(iter(service.engine.agents.values()))

    @app.post("/v1/runs")
    async def ask(question: Question) -> dict[str, Any]:
        result = await agent.run(question.input)
        return {"output": result.output, "requests": result.usage.requests}

    return app


async def batch(app: Any) -> float:
    """Milliseconds of CPU for each request of a batch."""
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        started = time.process_time()
        for _ in range(REQUESTS):
            answer = await client.post("/v1/runs", json={"input": "hello there"})
            assert answer.status_code == 200, answer.text
        return (time.process_time() - started) / REQUESTS * 1e3


async def main() -> None:
    settings = Settings.load()
    setup(settings)
    service = Service(settings)
    apps = {"service": create_app(service), "direct": direct(service)}
    best = dict.fromkeys(apps, float("inf"))
    async with service.running():
        for _ in range(BATCHES):
            for name, app in apps.items():
                best[name] = min(best[name], await batch(app))
    print(json.dumps(best))


asyncio.run(main())
