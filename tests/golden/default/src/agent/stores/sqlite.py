"""A store in one SQLite file: for one machine, with as many processes as you like."""

import asyncio
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.errors import StoreError
from agent.stores import SCHEMA, SWEEP, Store

PATIENCE_S = 5.0  # until a database that others write to counts as locked


class Connection:
    """A connection that threads may share."""

    def __init__(self, path: str, patience: float):
        self.db = sqlite3.connect(
            path, timeout=patience, isolation_level=None, check_same_thread=False
        )
        self.lock = threading.Lock()
        weakref.finalize(self, self.db.close)  # for whoever forgets to close it
        self.execute("PRAGMA synchronous=NORMAL", {})

    def execute(self, sql: str, values: dict[str, Any]) -> tuple[list[Any], int]:
        with self.lock:
            cursor = self.db.execute(sql, values)
            return cursor.fetchall(), cursor.rowcount


class SqliteStore(Store):
    """A statement takes less time than its way to a thread would. So it is executed at once, but
    without waiting for other processes or for the disk; what has to wait does so in a thread."""

    def __init__(self, path: str):
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.eager = self.patient = Connection(path, PATIENCE_S)
        for statement in "PRAGMA journal_mode=WAL", *SCHEMA:
            self.patient.execute(statement, {})
        if path != ":memory:":
            self.eager = Connection(path, 0)
            self.eager.execute("PRAGMA wal_autocheckpoint=0", {})  # the disk is for `sweep`

    async def execute(self, sql: str, **values: Any) -> tuple[list[Any], int]:
        with failures_told():
            try:
                return self.eager.execute(sql, values)
            except sqlite3.OperationalError as e:
                if e.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
            return await asyncio.to_thread(self.patient.execute, sql, values)

    async def sweep(self) -> None:
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        for sql in SWEEP:
            self.patient.execute(sql, {"now": time.time()})
        self.patient.execute("PRAGMA wal_checkpoint(PASSIVE)", {})

    async def close(self) -> None:
        self.eager.db.close()
        self.patient.db.close()


@contextmanager
def failures_told() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.OperationalError) as e:
        raise StoreError(f"the SQLite database cannot be used: {e}") from e


def open_store(url: str) -> SqliteStore:
    """`sqlite:///data/agent.db` is relative, `sqlite:////var/lib/agent.db` absolute.

    Raises `StoreError`.
    """
    with failures_told():
        return SqliteStore(url.removeprefix("sqlite://").removeprefix("/") or ":memory:")
