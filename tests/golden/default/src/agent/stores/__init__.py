"""Where runs and conversations are kept. `open_store` finds the module named as the URL's scheme.

A store keeps JSON documents, each with a status, and counters, both under (kind, id). A conditional
`put` is all the locking there is: whoever changes the status of a run first owns the run.
"""

import importlib
import json
import time
from typing import Any

from agent.errors import ConfigError

Document = dict[str, Any]
Totals = dict[str, float]

SCHEMA = [
    """CREATE TABLE IF NOT EXISTS documents (
        kind TEXT NOT NULL, id TEXT NOT NULL, status TEXT, body TEXT NOT NULL,
        updated DOUBLE PRECISION NOT NULL, expires DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (kind, id))""",
    "CREATE INDEX IF NOT EXISTS documents_status ON documents (kind, status, updated)",
    "CREATE INDEX IF NOT EXISTS documents_expires ON documents (expires)",
    """CREATE TABLE IF NOT EXISTS counters (
        kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
        total DOUBLE PRECISION NOT NULL, expires DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (kind, id, name))""",
    "CREATE INDEX IF NOT EXISTS counters_expires ON counters (expires)",
]
GET = "SELECT body FROM documents WHERE kind = :kind AND id = :id AND expires > :now"
PUT = """INSERT INTO documents (kind, id, status, body, updated, expires)
    VALUES (:kind, :id, :status, :body, :now, :expires) ON CONFLICT (kind, id) DO UPDATE
    SET status = excluded.status, body = excluded.body,
        updated = excluded.updated, expires = excluded.expires"""
PUT_IF = PUT + " WHERE documents.status = :was AND documents.updated <= :before"
PUT_NEW = PUT + " WHERE documents.expires <= :now"
FIND = """SELECT id FROM documents WHERE kind = :kind AND status = :status
    AND updated <= :before AND expires > :now ORDER BY updated LIMIT 100"""
COUNT = """SELECT count(*) FROM documents
    WHERE kind = :kind AND status = :status AND expires > :now"""
TOUCH = """UPDATE documents SET updated = :now
    WHERE kind = :kind AND id = :id AND status = :status"""
SWEEP = [
    "DELETE FROM documents WHERE expires < :now",
    "DELETE FROM counters WHERE expires < :now",
]
ADD = """INSERT INTO counters (kind, id, name, total, expires) VALUES {rows}
    ON CONFLICT (kind, id, name) DO UPDATE SET
    total = excluded.total + CASE WHEN counters.expires > :now THEN counters.total ELSE 0 END,
    expires = CASE WHEN counters.expires > :now THEN counters.expires ELSE excluded.expires END
    RETURNING name, total"""
ADD_ROW = "(:kind, :id, :name{n}, :amount{n}, :expires)"
TOTALS = """SELECT id, name, total FROM counters
    WHERE kind = :kind AND (:id = '' OR id = :id) AND expires > :now ORDER BY id"""


class Store:
    """Everything in one SQL table. A database adds `execute`; what is no database overrides all."""

    async def execute(self, sql: str, **values: Any) -> tuple[list[Any], int]:
        """The rows, and how many there are or were changed."""
        raise NotImplementedError

    async def get(self, kind: str, id: str) -> Document | None:
        rows, _ = await self.execute(GET, kind=kind, id=id, now=time.time())
        return json.loads(rows[0][0]) if rows else None

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
        """Write a document for `ttl` seconds. With `was`, an existing one is replaced only if that
        is its status and nobody has written it for `idle` seconds. With `new`, only if there is
        none. Says whether it was written."""
        now = time.time()
        values = {"kind": kind, "id": id, "status": body.get("status"), "body": json.dumps(body)}
        condition = {"was": was, "before": now - idle} if was else {}
        sql = PUT_NEW if new else PUT_IF if was else PUT
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

    async def count(self, kind: str, status: str) -> int:
        """How many documents have a status."""
        rows, _ = await self.execute(COUNT, kind=kind, status=status, now=time.time())
        return int(rows[0][0])

    async def add(self, kind: str, id: str, amounts: Totals, ttl: float) -> Totals:
        """Add to counters, all at once, and return their totals. They start at zero, and again
        `ttl` seconds after that, however often something is added."""
        now, rows, values = time.time(), [], dict[str, Any]()
        for n, name in enumerate(sorted(amounts)):  # in one order, so that nobody deadlocks
            rows.append(ADD_ROW.format(n=n))
            values |= {f"name{n}": name, f"amount{n}": float(amounts[name])}
        sql = ADD.format(rows=", ".join(rows))
        found, _ = await self.execute(sql, kind=kind, id=id, now=now, expires=now + ttl, **values)
        return {name: float(total) for name, total in found}

    async def totals(self, kind: str, id: str = "") -> dict[str, Totals]:
        """The counters of a kind by their ids, or of one id."""
        found: dict[str, Totals] = {}
        rows, _ = await self.execute(TOTALS, kind=kind, id=id, now=time.time())
        for key, name, total in rows:
            found.setdefault(key, {})[name] = float(total)
        return found

    async def sweep(self) -> None:
        """Delete what has expired. Raises if the store does not work."""
        for sql in SWEEP:
            await self.execute(sql, now=time.time())

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
