"""A store in a Postgres database: for as many machines as you like."""

import asyncio
import re
import weakref
from functools import lru_cache
from typing import Any

from psycopg import OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from agent.errors import ConfigError, StoreError
from agent.secrets import variable
from agent.stores import SCHEMA, Store

PATIENCE_S = 3.0  # for a connection, as long as /ready waits for the store
MOST_CONNECTIONS = 10
LOCK = "SELECT pg_advisory_xact_lock(7235423)"  # two processes may start at once


class PostgresStore(Store):
    """Connects when it is first used, and again after the database was away."""

    def __init__(self, conninfo: str):
        self.pool = ConnectionPool(
            conninfo,
            # Poolers such as PgBouncer do not know what was prepared in which connection.
            kwargs={"autocommit": True, "prepare_threshold": None},
            check=ConnectionPool.check_connection,  # one that died in the pool fails nobody's run
            min_size=1,
            max_size=MOST_CONNECTIONS,
            timeout=PATIENCE_S,
            reconnect_timeout=PATIENCE_S,  # then whoever needs one tries anew, however long it took
            open=False,
        )
        self.prepared = False
        weakref.finalize(self, self.pool.close)  # for whoever forgets to close it

    async def execute(self, sql: str, **values: Any) -> tuple[list[Any], int]:
        try:
            return await asyncio.to_thread(self._execute, sql, values)
        except OperationalError as e:  # the log of the pool says why
            raise StoreError("the database of AGENT_STORE_URL cannot be reached") from e

    def _execute(self, sql: str, values: dict[str, Any]) -> tuple[list[Any], int]:
        if not self.prepared:
            self._prepare()
        with self.pool.connection() as connection:
            cursor = connection.execute(translate(sql), values)
            return cursor.fetchall() if cursor.description else [], cursor.rowcount

    def _prepare(self) -> None:
        self.pool.open()
        with self.pool.connection() as connection, connection.transaction():
            for statement in LOCK, *SCHEMA:
                connection.execute(statement.encode())
        self.prepared = True

    async def close(self) -> None:
        await asyncio.to_thread(self.pool.close)


@lru_cache
def translate(sql: str) -> bytes:
    """`:name` as psycopg wants it."""
    return re.sub(r":(\w+)", r"%(\1)s", sql).encode()


def open_store(url: str) -> PostgresStore:
    """`postgresql://user:password@host/database`; what it leaves out comes from PGHOST, PGUSER ...

    Raises `ConfigError` if that is no URL; a database that cannot be reached is waited for.
    """
    password = variable("PGPASSWORD")
    try:
        conninfo = make_conninfo(f"postgresql://{url.partition('://')[2]}")
        if password and "password" not in conninfo_to_dict(conninfo):
            conninfo = make_conninfo(conninfo, password=password)
        return PostgresStore(conninfo)
    except ProgrammingError:  # its text may quote the password
        raise ConfigError(
            "AGENT_STORE_URL is no postgresql:// URL: in a password, write %40 for @ and %3A for :"
        ) from None
