"""A store in one SQLite file: for one machine, with as many processes as you like."""

import asyncio
import sqlite3
import threading
import weakref
from pathlib import Path
from typing import Any

from agent.stores import SCHEMA, Store


class SqliteStore(Store):
    def __init__(self, path: str):
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.lock = threading.Lock()
        weakref.finalize(self, self.db.close)  # for whoever forgets to close it
        for statement in "PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", *SCHEMA:
            self.db.execute(statement)

    async def execute(self, sql: str, **values: Any) -> tuple[list[Any], int]:
        return await asyncio.to_thread(self._execute, sql, values)

    def _execute(self, sql: str, values: dict[str, Any]) -> tuple[list[Any], int]:
        with self.lock:
            cursor = self.db.execute(sql, values)
            return cursor.fetchall(), cursor.rowcount

    async def close(self) -> None:
        self.db.close()


def open_store(url: str) -> SqliteStore:
    """`sqlite:///data/agent.db` is relative, `sqlite:////var/lib/agent.db` absolute."""
    return SqliteStore(url.removeprefix("sqlite://").removeprefix("/") or ":memory:")
