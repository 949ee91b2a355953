"""Where runs and conversations are kept. `open_store` finds the module named as the URL's scheme.

A store keeps JSON documents, each with a status, under (kind, id). A conditional `put` is all the
locking there is: whoever changes the status of a run first owns the run.
"""

import importlib
import json
import time
from typing import Any

from agent.errors import ConfigError

Document = dict[str, Any]

SCHEMA = [
    """CREATE TABLE IF NOT EXISTS documents (
        kind TEXT NOT NULL, id TEXT NOT NULL, status TEXT, body TEXT NOT NULL,
        updated DOUBLE PRECISION NOT NULL, expires DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (kind, id))""",
    "CREATE INDEX IF NOT EXISTS documents_status ON documents (kind, status, updated)",
    "CREATE INDEX IF NOT EXISTS documents_expires ON documents (expires)",
]
GET = "SELECT body FROM documents WHERE kind = :kind AND id = :id AND expires > :now"
PUT = """INSERT INTO documents (kind, id, status, body, updated, expires)
    VALUES (:kind, :id, :status, :body, :now, :expires) ON CONFLICT (kind, id) DO UPDATE
    SET status = excluded.status, body = excluded.body,
        updated = excluded.updated, expires = excluded.expires"""
PUT_IF = PUT + " WHERE documents.status = :was AND documents.updated <= :before"
FIND = """SELECT id FROM documents WHERE kind = :kind AND status = :status
    AND updated <= :before AND expires > :now ORDER BY updated LIMIT 100"""
TOUCH = """UPDATE documents SET updated = :now
    WHERE kind = :kind AND id = :id AND status = :status"""
SWEEP = "DELETE FROM documents WHERE expires < :now"


class Store:
    """Everything in one SQL table. A database adds `execute`; what is no database overrides all."""

    async def execute(self, sql: str, **values: Any) -> tuple[list[Any], int]:
        """The rows, and how many there are or were changed."""
        raise NotImplementedError

    async def get(self, kind: str, id: str) -> Document | None:
        rows, _ = await self.execute(GET, kind=kind, id=id, now=time.time())
        return json.loads(rows[0][0]) if rows else None

    async def put(
        self, kind: str, id: str, body: Document, ttl: float, was: str = "", idle: float = 0
    ) -> bool:
        """Write a document for `ttl` seconds. With `was`, an existing one is replaced only if that
        is its status and nobody has written it for `idle` seconds. Says whether it was written."""
        now = time.time()
        values = {"kind": kind, "id": id, "status": body.get("status"), "body": json.dumps(body)}
        condition = {"was": was, "before": now - idle} if was else {}
        sql = PUT_IF if was else PUT
        _, count = await self.execute(sql, now=now, expires=now + ttl, **values, **condition)
        return count == 1

    async def find(self, kind: str, status: str, idle: float = 0) -> list[str]:
        """Ids with a status that nobody has written for `idle` seconds, oldest first."""
        now = time.time()
        rows, _ = await self.execute(FIND, kind=kind, status=status, before=now - idle, now=now)
        return [row[0] for row in rows]

    async def touch(self, kind: str, id: str, status: str) -> bool:
        """Count as writing a document. Says whether it still has this status."""
        _, count = await self.execute(TOUCH, kind=kind, id=id, status=status, now=time.time())
        return count == 1

    async def sweep(self) -> None:
        """Delete what has expired. Raises if the store does not work."""
        await self.execute(SWEEP, now=time.time())

    async def close(self) -> None:
        """Nothing can be asked of it afterwards."""


def open_store(url: str) -> Store:
    """The store of a URL such as sqlite:///data/agent.db. Raises `ConfigError`."""
    scheme = url.partition(":")[0].partition("+")[0]
    try:
        module = importlib.import_module(f"agent.stores.{scheme}")
    except ImportError as e:
        raise ConfigError(f"the store {scheme}:// cannot be used here ({e.name} is missing)") from e
    store: Store = module.open_store(url)
    return store
