"""A small package before and after a migration: does code that is rewritten still do the same?"""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

MODULES = {  # what each module is called before and after
    "agent": "agent",
    "agent.tools": "agent.tools",
    "agent.store": "agent.stores",
    "agent.store.sub": "agent.stores.sub",
    "agent.store.old": "agent.stores.new",
    "agent.flat": "agent.deep.flat",
    "agent.core": "agent.core",
    "agent.core.deep": "agent.deep",
    "lib": "lib",
    "lib.old": "bib.new",
}
IMPORTS = {
    "agent.store": "agent.stores",
    "agent.store.old": "agent.stores.new",
    "agent.flat": "agent.deep.flat",
    "agent.core.deep": "agent.deep",
    "lib.old": "bib.new",
}


def run(code: str | bytes, *, after: bool) -> list[Any]:
    """What the code appends to `seen`, as the module agent.mine."""
    seen: list[Any] = []
    space = {"__name__": "agent.mine", "__package__": "agent", "seen": seen}
    fake = {"agent.store": SimpleNamespace(name="fake")}
    with mock.patch.dict(sys.modules, _modules(after)):
        exec(code, space | {"SELF": SimpleNamespace(store=fake["agent.store"])})
    return seen


def _modules(after: bool) -> dict[str, ModuleType]:
    made: dict[str, ModuleType] = {"bib": ModuleType("bib")} if after else {}
    for old, new in MODULES.items():
        made[new if after else old] = module = ModuleType(old)
        module.__dict__["name"] = old  # the same one, whatever it is called
    for name, module in made.items():
        above, _, last = name.rpartition(".")
        if above:
            setattr(made[above], last, module)
    return made
