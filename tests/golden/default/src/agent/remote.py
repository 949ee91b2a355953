"""Another agent service as a node of this one's workflow, over the HTTP API that both have.

The id of our run goes along as X-Request-ID, so that the logs of both can be read together. A node
that is tried again, here or after a crash, finds the run that it started: the Idempotency-Key says
which it is.
"""

import asyncio
import hashlib
import os
from types import TracebackType
from typing import Any, Self

import httpx2

from agent import features, secrets
from agent.errors import ConfigError
from agent.graph_checks import walk_workflow
from agent.logs import log
from agent.nodes import RemoteNode
from agent.run import NodeFailed, RemoteFailed, Run, Waiting

POLL_S = 0.5
UNFINISHED = ("queued", "running")


def check(workflow: Any) -> None:
    """Raises `ConfigError` where a remote node has no address or key in the environment."""
    for _, node in walk_workflow(workflow):
        if isinstance(node, RemoteNode):
            needed = {node.url_env: os.environ.get(node.url_env)}
            if node.key_env:
                needed[node.key_env] = secrets.variable(node.key_env)
            for name, value in needed.items():
                if not value:
                    raise ConfigError(f"the remote node {node.id} needs {name}")


class Remote:
    """One node's conversation with the other service."""

    def __init__(self, node: RemoteNode, run: Run, path: str):
        self.run, self.path, self.found = run, path, dict[str, Any]()
        self.key = hashlib.sha256(f"{run.id}:{path}".encode()).hexdigest()
        headers = {"X-Request-ID": run.id}
        if node.key_env:
            headers["X-API-Key"] = secrets.variable(node.key_env)
        for send in features.senders:
            send(headers)
        url, patience = os.environ[node.url_env].rstrip("/"), node.timeout_s
        self.http = httpx2.AsyncClient(base_url=f"{url}/v1/runs", headers=headers, timeout=patience)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if kind is asyncio.CancelledError and self.run.cancelling and self.found:
                await self.send("POST", f"/{self.found['id']}/cancel")
        except RemoteFailed as e:  # ours is cancelled all the same
            log.warning("remote_not_cancelled", node=self.path, reason=str(e))
        finally:
            await self.http.aclose()

    async def finish(self, text: str) -> dict[str, Any]:
        """The other service's run when it has succeeded, or waits for a person.

        What a person has said to what it waited for is passed on. Raises `RemoteFailed` if the
        service cannot be asked, which may be tried again, and `NodeFailed` if its run failed.
        """
        answer, asked = self.run.answers.get(self.path), self.run.state.get(f"{self.path}?", [])
        start = {"Idempotency-Key": self.key}
        self.found = await self.send("POST", "/async", {"input": text}, start)
        if answer and asked == list(self.found["waiting"]):
            said = dict.fromkeys(asked, answer.model_dump(exclude={"by"}))
            self.found = await self.send("POST", f"/{self.found['id']}/resume", said)
        while self.found["status"] in UNFINISHED:
            await asyncio.sleep(POLL_S)
            self.found = await self.send("GET", f"/{self.found['id']}")
        if self.found["status"] in ("failed", "cancelled"):
            error = RemoteFailed(f"run {self.found['id']} there is {self.found['status']}")
            raise NodeFailed(self.path, error)
        self.run.state.pop(f"{self.path}?", None)
        return self.found

    def question(self) -> Waiting:
        """What the other service's run waits for, as a question of ours."""
        questions = self.found["waiting"]
        self.run.state[f"{self.path}?"] = list(questions)
        self.run.answers.pop(self.path, None)
        message = "\n".join(question["message"] for question in questions.values())
        return Waiting(message=message, choices=next(iter(questions.values()))["choices"])

    async def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            response = await self.http.request(method, path, json=body, headers=headers)
        except httpx2.HTTPError as e:
            raise RemoteFailed(f"{self.http.base_url}: {type(e).__name__}") from e
        found = response.json() if "json" in response.headers.get("content-type", "") else {}
        if "status" not in found:  # a run that failed is a run too, whatever the HTTP status
            raise RemoteFailed(f"{self.http.base_url}: HTTP {response.status_code}")
        return dict(found)
