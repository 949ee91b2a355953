"""How the outside reaches the engine. A module here with `register(app)` adds its commands.

Register imports nothing heavy: every command pays for it, `agent --help` too.
"""

import importlib
import pkgutil
from typing import Any

import typer


def register_all(app: typer.Typer) -> None:
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name).register(app)


def manifests() -> dict[str, Any]:
    """The schemas of the manifests that only an interface reads: `MANIFESTS` of its module."""
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for name, path in getattr(importlib.import_module(module.name), "MANIFESTS", {}).items():
            schemas, _, schema = path.partition(":")
            found[name] = getattr(importlib.import_module(schemas), schema)
    return found
