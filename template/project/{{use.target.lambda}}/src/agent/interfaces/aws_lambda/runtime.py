"""What a process says to AWS Lambda: the Runtime API, version 2018-06-01."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2

VERSION = "2018-06-01"
PATIENCE = httpx2.Timeout(10, read=None)  # the next event may be a day away
RESPONSE = "application/vnd.awslambda.http-integration-response"


@dataclass(frozen=True)
class Invocation:
    id: str
    event: dict[str, Any]
    deadline: float  # of `time.time`

    def seconds_left(self) -> float:
        return self.deadline - time.time()


class Runtime:
    """The other side freezes this process from one `next` until there is something to do."""

    def __init__(self, api: str):
        base = f"http://{api}/{VERSION}/runtime/invocation/"
        self.client = httpx2.AsyncClient(base_url=base, timeout=PATIENCE, trust_env=False)

    async def next(self) -> Invocation:
        """Wait for the next thing to do."""
        found = (await self.client.get("next")).raise_for_status()
        deadline = int(found.headers["Lambda-Runtime-Deadline-Ms"]) / 1000
        event = found.json()
        if not isinstance(event, dict):
            event = {}
        return Invocation(found.headers["Lambda-Runtime-Aws-Request-Id"], event, deadline)

    async def stream(self, invocation: Invocation, body: AsyncIterator[bytes]) -> None:
        """Answer over HTTP, piece by piece."""
        headers = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Content-Type": RESPONSE}
        await self._post(f"{invocation.id}/response", body, headers)

    async def answer(self, invocation: Invocation, value: object) -> None:
        await self._post(f"{invocation.id}/response", json.dumps(value).encode(), {})

    async def fail(self, invocation: Invocation, message: str) -> None:
        error = json.dumps({"errorType": "AgentError", "errorMessage": message}).encode()
        headers = {"Lambda-Runtime-Function-Error-Type": "AgentError"}
        await self._post(f"{invocation.id}/error", error, headers)

    async def _post(
        self, path: str, content: bytes | AsyncIterator[bytes], headers: dict[str, str]
    ) -> None:
        (await self.client.post(path, content=content, headers=headers)).raise_for_status()


def refuse(api: str, message: str) -> None:
    """Tell whoever asks the function why it does not start."""
    httpx2.post(
        f"http://{api}/{VERSION}/runtime/init/error",
        json={"errorType": "ConfigError", "errorMessage": message},
        headers={"Lambda-Runtime-Function-Error-Type": "ConfigError"},
        trust_env=False,
    )
