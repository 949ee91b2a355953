"""A store in Redis: for as many machines as you like, and fast.

Everything expires by itself: documents and counters by their own time, and what the indexes still
say of them by `sweep`. The clock is that of the server.
"""

import asyncio
import json
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError

from agent.errors import ConfigError, StoreError
from agent.secrets import variable
from agent.stores import Document, Store, Totals
from agent.stores import redis_scripts as scripts

PATIENCE_S = 3.0  # for an answer, as long as /ready waits for the store
MOST_CONNECTIONS = 10


class RedisStore(Store):
    """Connects when it is first used, and again after the server was away."""

    def __init__(self, url: str):
        self.url = url
        self.loop: asyncio.AbstractEventLoop | None = None

    async def run(self, script: str, *arguments: Any) -> Any:
        try:
            return await self.client().register_script(scripts.LIBRARY + script)(args=arguments)
        except (ConnectionError, TimeoutError) as e:  # a wrong password is one too
            raise StoreError("the Redis of AGENT_STORE_URL cannot be reached") from e

    def client(self) -> Redis:
        """A connection is good for one event loop only, and `Engine.run` makes one each time."""
        if self.loop is not (loop := asyncio.get_running_loop()):
            self.loop, self.connected = loop, Redis.from_pool(pool(self.url))
        return self.connected

    async def get(self, kind: str, id: str) -> Document | None:
        body = await self.run(scripts.GET, kind, id)
        return json.loads(body) if body else None

    async def put(
        self,
        kind: str,
        id: str,
        body: Document,
        ttl: float,
        was: str = "",
        idle: float = 0,
        new: bool = False,
    ) -> bool:
        values = body.get("status") or "", json.dumps(body), ms(ttl), was, ms(idle), int(new)
        return bool(await self.run(scripts.PUT, kind, id, *values))

    async def find(self, kind: str, status: str, idle: float = 0) -> list[str]:
        found: list[str] = await self.run(scripts.FIND, kind, status, ms(idle))
        return found

    async def touch(self, kind: str, id: str, status: str) -> bool:
        return bool(await self.run(scripts.TOUCH, kind, id, status))

    async def count(self, kind: str, status: str) -> int:
        return int(await self.run(scripts.COUNT, kind, status))

    async def add(self, kind: str, id: str, amounts: Totals, ttl: float) -> Totals:
        pairs = [part for pair in amounts.items() for part in pair]
        totals = await self.run(scripts.ADD, kind, id, ms(ttl), *pairs)
        return {name: float(total) for name, total in zip(amounts, totals, strict=True)}

    async def totals(self, kind: str, id: str = "") -> dict[str, Totals]:
        found = {key: await self.run(scripts.TOTALS, kind, key) for key in await self.ids(kind, id)}
        return {
            key: {name: float(total) for name, total in zip(flat[::2], flat[1::2], strict=True)}
            for key, flat in found.items()
            if flat
        }

    async def ids(self, kind: str, id: str) -> list[str]:
        return [id] if id else sorted(await self.run(scripts.LIST, kind))

    async def sweep(self) -> None:
        await self.run(scripts.SWEEP)

    async def close(self) -> None:
        if self.loop is asyncio.get_running_loop():
            await self.connected.aclose()


def ms(seconds: float) -> int:
    return int(seconds * 1000)


def pool(url: str) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url,
        password=variable("REDIS_PASSWORD") or None,  # the one in the URL goes first
        decode_responses=True,
        max_connections=MOST_CONNECTIONS,
        timeout=PATIENCE_S,
        socket_timeout=PATIENCE_S,
        socket_connect_timeout=PATIENCE_S,
        socket_keepalive=True,
        # A change that happened and is tried again would find a run taken, by ourselves.
        retry=Retry(NoBackoff(), 0),
    )


def open_store(url: str) -> RedisStore:
    """`redis://user:password@host:6379/0`; rediss:// is the same over TLS.

    Raises `ConfigError` if that is no URL; a server that cannot be reached is waited for.
    """
    scheme, _, rest = url.partition("://")
    url = f"{scheme.partition('+')[0]}://{rest}"
    try:
        pool(url).make_connection()  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):  # their texts may quote the password
        raise ConfigError(
            "AGENT_STORE_URL is no redis:// URL: in a password, write %40 for @ and %2F for /"
        ) from None
    return RedisStore(url)
