"""What watches the agent besides. A module here with `start(settings)` is started with the logs.

It may add to the lists below: who is told of the events of runs, what log lines say too, what goes
along with requests to other agent services, and what a running service does every second.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from typing import Any

from structlog.typing import Processor

from agent.settings import Settings

observers: list[Callable[[dict[str, Any]], None]] = []
processors: list[Processor] = []
senders: list[Callable[[dict[str, str]], None]] = []
chores: list[Callable[[], Awaitable[None]]] = []


def start_all(settings: Settings) -> None:
    """Raises `ConfigError` if one of them cannot start."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name).start(settings)
