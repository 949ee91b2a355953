"""Renamed modules: code that imports them runs as before."""

import io
import tokenize

from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.migrations import imports
from tests.unit.layouts import IMPORTS, run


def rewrite(code: bytes) -> bytes:
    return imports.rewrite(IMPORTS, ("src/agent/mine.py", "src/agent/mine.py"), code)


PIECES = [
    "import agent.store\nseen.append(agent.store.name)",
    "import agent.store as a1\nseen.append((a1.name, a1.sub.name, a1.old.name))",
    "from agent import store\nseen.append(store.name)\nseen.append(store.old.name)",
    "from agent import flat, store as a2, tools\nseen.append((flat.name, a2.name, tools.name))",
    "from agent import (tools as a3,\n  flat as a4)  # flat\nseen.append((a3.name, a4.name))",
    "from agent.store import (  # agent.store\n  name as a5, sub, )\nseen.append((a5, sub.name))",
    "from . import store as a6, flat\nseen.append((a6.sub.name, flat.name))",
    "from .core import deep as a7; seen.append(a7.name)",
    "from.store.old import name as a8\nseen.append([a8, 'agent.store'])",
    "import agent.flat, agent.core.deep\nseen.append((agent.flat.name, agent.core.deep.name))",
    "import agent\nseen.extend([agent.store.sub.name, agent.tools.name, agent.name])",
    "import agent as a9\nseen.append((lambda: a9.store.old.name)())",
    "import agent.store\nseen.extend([agent.name for agent in [agent.store.sub, agent.store.old]])",
    "import agent\ndef f(agent=agent.store) -> agent.store: return agent.name\nseen.append(f())",
    "import agent\ndef g(agent: agent.store): return agent.store.name\nseen.append(g(SELF))",
    "import agent.store\nclass C:\n  x = agent.store.name\n  f = lambda s: agent.store\n"
    "seen.extend([C.x, C().f().name])",
    "import agent.store\nseen.append(f'{agent.store.name!r:>20}{agent . store}'[:20])",
    "import lib.old\nseen.append(lib.old.name)",
    "import agent.store\nagent.store.x = 1; agent.store.x += 1\nseen.append(agent.store.x)",
    "import agent\nmatch SELF:\n  case object(store=a0): seen.append((a0.name, agent.store.name))",
]  # fmt: skip
WRAPS = [
    "{}",
    "def main():  # import agent.store\n    {}\nmain()",
    "if True:\n    {}",
    "try:\n    {}\nexcept ImportError:\n    raise",
    "class Main:\n    def run(self):\n        {}\nMain().run()",
]


def wrapped(wrap: str, piece: str, number: int) -> str:
    indent = wrap.split("{}")[0].rpartition("\n")[2]
    return wrap.format(piece.replace("\n", f"\n{indent}")) + f"  # {number}: 'é'\n"


CODE = st.lists(st.tuples(st.sampled_from(WRAPS), st.sampled_from(PIECES)), min_size=1, max_size=4)


def plain(code: bytes) -> list[str]:
    """The strings and comments of some code."""
    tokens = tokenize.tokenize(io.BytesIO(code).readline)
    return [
        t.string
        for t in tokens
        if t.type in (tokenize.STRING, tokenize.COMMENT) and t.string[0] != "f"
    ]


@settings(deadline=None, max_examples=150)
@given(CODE, st.sampled_from(["\n", "\r\n"]))
def test_rewritten_code_does_the_same(pieces: list[tuple[str, str]], end: str) -> None:
    code = "".join(wrapped(*piece, n) for n, piece in enumerate(pieces)).replace("\n", end).encode()
    found = rewrite(code)
    assert run(found, after=True) == run(code, after=False)
    assert plain(found) == plain(code)
    assert rewrite(found) == found
