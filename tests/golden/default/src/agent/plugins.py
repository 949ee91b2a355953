"""The observers of config/plugins.yaml: your functions, told of what happens in each run."""

import copy
from typing import Any

from agent.automation import ObserverDef, Plugins
from agent.checks import resolve
from agent.logs import log
from agent.run import Observer


def load_observers(plugins: Plugins) -> list[Observer]:
    return [guarded(given) for given in plugins.observers]


def guarded(given: ObserverDef) -> Observer:
    """What an observer raises is logged, and what it does to its copy of an event stays there."""
    function = resolve(given.call)

    def observe(event: dict[str, Any]) -> None:
        if event["event"] in given.events:
            try:
                function(copy.deepcopy(event))
            except Exception:
                log.exception("observer_failed", observer=given.call)

    return observe
