"""What holds for any data, any two edits of it, and any bytes."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit import structure
from agentkit.structure import data, documents
from tests.unit.three_way import lines

WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta", "a: b", "x # y", "yes", "- q", ""])
SCALARS = st.one_of(WORDS, st.integers(0, 3), st.booleans(), st.sampled_from([1.0, 2.5]))
KEYS = st.sampled_from(["one", "two", "three", "four", "five"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.dictionaries(KEYS, inner, max_size=3),
        st.lists(WORDS, max_size=3, unique=True),
        st.lists(st.fixed_dictionaries({"name": KEYS, "is": inner}), max_size=3),
    ),
    max_leaves=8,
)
FILES = st.dictionaries(KEYS, VALUES, max_size=4).map(lambda value: value | {"last": 1})
SUFFIXES = [".json", ".yaml", ".toml"]


@st.composite
def edits(draw: st.DrawFn, value: Any) -> Any:
    """A value with something in it added, removed or changed."""
    if isinstance(value, dict):
        names = [name for name in value if name not in ("name", "last")]
        name = draw(st.sampled_from([*names, "new"]))
        kept = {k: v for k, v in value.items() if k != name}
        if name == "new" or (name in value and draw(st.booleans())):
            inner = draw(edits(value[name]) if name in value else VALUES)
            return value | {name: inner}
        return kept
    if isinstance(value, list):
        place = draw(st.integers(0, len(value)))
        if place < len(value) and isinstance(value[place], dict) and draw(st.booleans()):
            return [*value[:place], draw(edits(value[place])), *value[place + 1 :]]
        new = {"name": draw(KEYS), "is": 1} if value and isinstance(value[0], dict) else "new"
        added = [new] if draw(st.booleans()) else []
        return [*value[:place], *added, *value[place + draw(st.integers(0, 1)) :]]
    return draw(SCALARS)


@st.composite
def versions(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """A file's data, and two edits of it."""
    base = draw(FILES)
    ours, theirs = draw(edits(base)), draw(edits(base))
    return base, draw(edits(ours)) if draw(st.booleans()) else ours, theirs


def write(suffix: str, value: dict[str, Any]) -> str:
    if suffix == ".json":
        return json.dumps(value, indent=2) + "\n"
    if suffix == ".yaml":
        return yaml.safe_dump(value, sort_keys=False)
    return toml(value, "")


def toml(value: dict[str, Any], path: str) -> str:
    """TOML with a table for every object that is not in a list."""
    tables = {name: inner for name, inner in value.items() if isinstance(inner, dict)}
    text = "".join(f"{n} = {inline(v)}\n" for n, v in value.items() if n not in tables)
    return text + "".join(f"\n[{path}{n}]\n{toml(v, f'{path}{n}.')}" for n, v in tables.items())


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {inline(v)}" for name, v in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + "".join(f"  {inline(v)},\n" for v in value) + "]"
    return json.dumps(value)


def merge(suffix: str, *sides: Any) -> bytes | None:
    texts = [write(suffix, side).encode() for side in sides]
    return structure.merge(f"x{suffix}", *texts, lines(*texts)[0])


def read(suffix: str, result: bytes) -> Any:
    return documents.READERS[suffix](result.decode()).data


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=60, deadline=None)
@given(versions())
def test_the_result_is_the_merge_of_the_data(suffix: str, sides: tuple[Any, Any, Any]) -> None:
    result = merge(suffix, *sides)
    try:
        wanted = data.merge(*sides)
    except data.Conflict:
        assert result is None
    else:
        assert result is not None
        assert data.same(read(suffix, result), wanted)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=30, deadline=None)
@given(versions())
def test_one_side_alone_is_the_result(suffix: str, sides: tuple[Any, Any, Any]) -> None:
    base, changed, _ = sides
    for pair in ((base, changed), (changed, base)):
        result = merge(suffix, base, *pair)
        assert result is not None
        assert data.same(read(suffix, result), changed)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=30, deadline=None)
@given(FILES, VALUES, VALUES, st.booleans())
def test_different_keys_always_merge(
    suffix: str, base: Any, one: Any, other: Any, nested: bool
) -> None:
    sides = [base, base | {"mine": one}, base | {"yours": other}]
    if nested:
        sides = [{"five": side} for side in sides]
    for order in (sides, [sides[0], sides[2], sides[1]]):
        result = merge(suffix, *order)
        assert result is not None
        assert data.same(read(suffix, result), data.merge(*order))


@settings(max_examples=60, deadline=None)
@given(FILES, st.lists(st.tuples(KEYS, SCALARS), max_size=4), st.data())
def test_nothing_we_wrote_is_lost(base: Any, added: list[Any], draw: st.DataObject) -> None:
    """Each of our lines is there: keys, values, and the comments above and beside them."""
    text = write(".yaml", base)
    theirs = write(".yaml", draw.draw(edits(base)))
    mine = [f"# above {n}\nmine{n}: {json.dumps(v)}  # {k}{n}\n" for n, (k, v) in enumerate(added)]
    ours = "".join([*mine[::2], text, *mine[1::2]])
    sides = [side.encode() for side in (text, ours, theirs)]
    result = structure.merge("x.yaml", *sides, lines(*sides)[0])
    assert result is not None
    assert all(line in result.decode() for line in mine)


FRAGMENTS = ["a: ", "- ", "[", "]", "{", "}", ",", "#", '"', "'", "\n", "  ", "&x ", "*x", "|", ">"]
FRAGMENTS += [
    "---\n",
    "= ",
    "a.b",
    "[[",
    "]]\n",
    "1",
    "?",
    ":",
    "\t",
    "\r\n",
    "def f():\n",
    "\\",
    "é",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["x.json", "x.yaml", "x.toml", "x.py", "x.ts", "x", "Makefile"]),
    st.lists(
        st.one_of(st.binary(max_size=20), st.lists(st.sampled_from(FRAGMENTS)).map("".join)),
        min_size=4,
        max_size=4,
    ),
)
def test_no_bytes_make_it_fail(path: str, texts: list[Any]) -> None:
    sides = [text.encode() if isinstance(text, str) else text for text in texts]
    assert isinstance(structure.merge(path, *sides), bytes | None)
