"""What every test may rely on: no network, no keys, no real model, and a directory of its own."""

import logging
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic_ai import models

from agent.settings import Settings

PROJECT = Path(__file__).parent.parent
LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|")
FOREIGN = re.compile(r"AGENT_.*|LOG_.*|PORT|.*_API_KEY|.*_BASE_URL")

models.ALLOW_MODEL_REQUESTS = False
pytest.register_assert_rewrite("fake_llm.contract")


def unplug(event: str, args: tuple[Any, ...]) -> None:
    """Refuse any connection or name look-up beyond this machine, whichever library asks for it."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        target = args[1][0] if isinstance(args[1], tuple) else ""  # else a local socket
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        target = args[0].decode() if isinstance(args[0], bytes) else args[0] or ""
    else:
        return
    if not LOOPBACK.fullmatch(target):
        raise RuntimeError(f"tests run with the network unplugged, and this one wants {target}")


sys.addaudithook(unplug)


@pytest.fixture(autouse=True)
def clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in filter(FOREIGN.fullmatch, list(os.environ)):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AGENT_MODEL_MODE", "offline")
    monkeypatch.setenv("AGENT_STORE_URL", "sqlite:///data/agent.db")
    monkeypatch.setenv("AGENT_CONFIG_DIR", str(PROJECT / "config"))
    monkeypatch.chdir(tmp_path)  # where there is no .env, and where the database goes
    handlers, configured = logging.getLogger().handlers[:], structlog.get_config()
    yield
    structlog.configure(**configured)
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of config/ that a test may change."""
    monkeypatch.setenv("AGENT_CONFIG_DIR", str(tmp_path / "config"))
    return shutil.copytree(PROJECT / "config", tmp_path / "config")


@pytest.fixture
def settings() -> Settings:
    return Settings.load()
