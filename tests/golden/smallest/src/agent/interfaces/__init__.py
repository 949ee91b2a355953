"""How the outside reaches the engine. A module here with `register(app)` adds its commands.

Register imports nothing heavy: every command pays for it, `agent --help` too.
"""

import importlib
import pkgutil

import typer


def register_all(app: typer.Typer) -> None:
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name).register(app)
