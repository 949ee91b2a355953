"""Renamed modules: what is written instead, and what is left alone."""

import pytest

from agentkit.migrations import imports
from tests.unit.layouts import IMPORTS

PATH = "src/agent/mine.py"


def rewrite(code: bytes, old: str = PATH, new: str = "") -> bytes:
    return imports.rewrite(IMPORTS, (old, new or old), code)


WRITTEN = {
    "import agent.store": "import agent.stores",
    "import  agent . store ,os": "import  agent.stores ,os",
    "import agent.store.sub as s, os": "import agent.stores.sub as s, os",
    "import agent.flat as flat": "import agent.deep.flat as flat",
    "from agent.store import X as Y  # why": "from agent.stores import X as Y  # why",
    "from agent.store import *": "from agent.stores import *",
    "from agent import store": "from agent import stores as store",
    "from agent import store as s": "from agent import stores as s",
    "from agent import (\n  store,  # a\n)": "from agent import (\n  stores as store,  # a\n)",
    "from agent import flat": "from agent.deep import flat",
    "from agent import flat, tools": "from agent.deep import flat\nfrom agent import tools",
    "from agent import tools as t, flat as f": (
        "from agent.deep import flat as f\nfrom agent import tools as t"
    ),
    "from agent import tools, flat, store": (
        "from agent.deep import flat\nfrom agent import tools, stores as store"
    ),
    "from agent import (\n  tools,  # a\n  flat  # b\n)": (
        "from agent.deep import flat\nfrom agent import (\n  tools,  # a\n    # b\n)"
    ),
    "from agent import \\\n  flat, \\\n  tools": (
        "from agent.deep import flat\nfrom agent import \\\n  \\\n  tools"
    ),
    "if 1: from agent import flat, tools": (
        "if 1: from agent.deep import flat; from agent import tools"
    ),
    "if 1:\r\n\tfrom agent import flat, tools\r\n": (
        "if 1:\r\n\tfrom agent.deep import flat\r\n\tfrom agent import tools\r\n"
    ),
    "from agent.core import deep": "from agent import deep",
    "from lib import old": "from bib import new as old",
    "from .store import X": "from .stores import X",
    "from . import store": "from . import stores as store",
    "from .import flat": "from .deep import flat",
    "from.store import X": "from.stores import X",
    "from .core.deep import X": "from .deep import X",
    "import lib.old\nlib.old.x": "import bib.new\nbib.new.x",
    "import agent.store\nx = agent.store.old.y": "import agent.stores\nx = agent.stores.new.y",
    "from agent import store\nstore.old.y()": "from agent import stores as store\nstore.new.y()",
    "import agent.store\n(agent  # a\n .store)": "import agent.stores\n(agent  # a\n .stores)",
    "import agent.store\nclass C:\n  agent: agent.store.X\n  f = agent.store": (
        "import agent.stores\nclass C:\n  agent: agent.stores.X\n  f = agent.store"
    ),
    "import agent.store\nclass C:\n  agent = agent.store": (
        "import agent.stores\nclass C:\n  agent = agent.stores"
    ),
    "import agent.store\nclass C:\n  agent = 1\n  def f(self): return agent.store": (
        "import agent.stores\nclass C:\n  agent = 1\n  def f(self): return agent.stores"
    ),
    "import agent.store\nclass C:\n  agent = 1\n  class D:\n    x = agent.store": (
        "import agent.stores\nclass C:\n  agent = 1\n  class D:\n    x = agent.stores"
    ),
    "import agent.store\ndef f(x):\n match x:\n  case [*agent]: agent.store": (
        "import agent.stores\ndef f(x):\n match x:\n  case [*agent]: agent.store"
    ),
    "import agent.store\ndef f(x): return [(agent := y) for y in x], agent.store": (
        "import agent.stores\ndef f(x): return [(agent := y) for y in x], agent.store"
    ),
    "try: from agent import store as s\nexcept: import agent.core as s\ns.old, s.deep": (
        "try: from agent import stores as s\nexcept: import agent.core as s\ns.old, s.deep"
    ),
    "import agent.store\ndel agent.store.x": "import agent.stores\ndel agent.stores.x",
}  # fmt: skip
KEPT = {
    "other": "import agents.store\nfrom agent.stores import store\nagent.store",
    "no-module": "def store(): ...\nstore.agent.store = 1",
    "string": "import agent\nx = 'agent.store'  # agent.store",
    "too-far-up": "from ..store import X\nfrom ... import store",
    "bound-twice": "import agent.store\nagent = agent.store.x",
    "maybe-bound": "try:\n  import agent.store\nexcept ImportError:\n  agent = None",
    "global": "import agent.store\ndef f():\n  global agent\n  agent = 1",
    "root-is-taken": "import lib.old\nbib = 1",
    "root-is-used": "import lib.old\nlib.other()",
    "cannot-be-said": "import lib as l\nl.old.x",
    "bound-both-ways": "import agent.store\nimport agent as agent\nagent.store.x",
    "other-letters": "import agent.store\nagent.\uff53tore.x",
    "would-not-parse": "from agent import (\n  flat  # a\n  , tools)",
    "comment-inside": "import agent.flat\n(agent.flat.x)\nx = (agent.core  # a\n  .deep)",
    "syntax": "from agent import store\nprint 'x'",
    "null": "from agent import store\n\0",
    "cookie": "# coding: nonsense\nfrom agent import store",
    "bytes": "# coding: ascii\nfrom agent import store # é",
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), WRITTEN.items())
def test_a_statement(old: str, new: str) -> None:
    assert rewrite(old.encode()).decode() == new
    assert rewrite(new.encode()) == new.encode()


NESTED = [
    "import agent.store\nagent.store.sql.x(agent.store.x)\n",
    "from agent import store, tools\nfrom agent.store import sql, x\n",
    "from . import store\nfrom .store import x\nimport agent.store.x as y\n",
]


@pytest.mark.parametrize("code", NESTED)
def test_what_moves_into_itself_moves_once(code: str) -> None:
    names = {"agent.store": "agent.store.sql"}
    once = imports.rewrite(names, (PATH, PATH), code.encode())
    assert once.count(b"sql") > code.count("sql")
    assert imports.rewrite(names, (PATH, PATH), once) == once


@pytest.mark.parametrize("code", KEPT.values(), ids=KEPT)
def test_what_is_not_touched(code: str) -> None:
    content = code.encode()
    assert rewrite(content) is content


def test_a_very_deep_file_is_not_touched() -> None:
    content = b"from agent import store\nx = " + b"-" * 50_000 + b"1"
    assert rewrite(content) is content


@pytest.mark.filterwarnings("error")
def test_an_odd_escape_is_no_trouble() -> None:
    assert rewrite(b"import agent.store as s\nx = '\\d'") == b"import agent.stores as s\nx = '\\d'"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "shift_jis"])
def test_any_encoding(encoding: str) -> None:
    word = "店" if encoding == "shift_jis" else "Ä"
    cookie = f"# coding: {encoding.removesuffix('-sig')}"
    code = f"{cookie}\nx = '{word}'; import agent.store as s # {word}\n"
    wanted = code.replace("agent.store", "agent.stores")
    assert rewrite(code.encode(encoding)) == wanted.encode(encoding)


MOVED = {
    "together": ("a/kit/x.py", "a/tools/x.py", "from . import y\nfrom .y import z", ""),
    "deeper": ("a/kit/x.py", "a/in/kit/x.py", "from ..b import z", "from a.b import z"),
    "higher": ("a/kit/x.py", "a/x.py", "from .y import z", "from .y import z"),
    "not-said": ("a/b/x.py", "a/c/d/x.py", "from ..b import z", ""),
    "from-src": ("src/a/kit/x.py", "src/a/in/kit/x.py", "from .. import z", "from a import z"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "wanted"), MOVED.values(), ids=MOVED)
def test_a_file_that_moves_with_its_package(old: str, new: str, code: str, wanted: str) -> None:
    package = new.removeprefix("src/").rpartition("/")[0].replace("/", ".")
    names = {"a.kit": package} if "kit" in old else {"a.other": "a.another"}
    assert imports.rewrite(names, (old, new), code.encode()).decode() == (wanted or code)
