"""What migrations make of a project's files: where they lie, and the keys in their YAML."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agentkit import migrations
from agentkit.migrations import files, keys
from tests.unit.migrated import declared

MOVES = "move: {docs/A.md: docs/B.md, old/: new/place/, old/keep/: kept/, in/: in/side/}"
MOVED = {
    "docs/A.md": "docs/B.md",
    "docs/A.md.bak": "docs/A.md.bak",
    "sub/docs/A.md": "sub/docs/A.md",
    "old/x/y": "new/place/x/y",
    "old/keep/y": "kept/y",
    "old": "old",
    "older/x": "older/x",
    "in/x": "in/side/x",
    "in/side/x": "in/side/x",
}


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_a_file_moves(tmp_path: Path, old: str, new: str) -> None:
    steps = declared(tmp_path, MOVES)
    assert migrations.moved(steps, old) == new
    assert migrations.moved(steps, new) == new


def test_a_file_moves_through_every_version(tmp_path: Path) -> None:
    steps = declared(tmp_path, "move: {a: b}", "move: {b: c/d}", "move: {c/: e/}")
    assert [migrations.moved(steps, p) for p in "abc"] == ["e/d", "e/d", "c"]


NAMES = st.sampled_from("abc")
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(st.lists(NAMES, min_size=1, max_size=2), st.lists(NAMES, min_size=1, max_size=2), PATHS)
def test_a_folder_moves_once(old: list[str], new: list[str], path: str) -> None:
    source, target = "/".join(old) + "/", "/".join(new) + "/"
    moved = files._moved({source: target}, path)
    if not path.startswith(source) or moved == path:
        assert moved == path
    else:
        assert moved == target + path.removeprefix(source)
    if not source.startswith(target):  # a/b/ to a/: a/b/b/x may be meant to go up twice
        assert files._moved({source: target}, moved) == moved


CONFIG = """\
# the store
store:     # where
  "path":   'x'  # path: y
  path2: 1
other: {path: "store.path"}
nodes:
- {id: path, type: a, then: {type: b}}
-   type:  >
      type: c
    # type
- {type: d, kind: e}
"""
RENAMED = """\
# the store
store:     # where
  "url":   'x'  # path: y
  path2: 1
other: {path: "store.path"}
nodes:
- {id: path, kind: a, then: {type: b}}
-   kind:  >
      type: c
    # type
- {type: d, kind: e}
"""
KEYS = "keys: {config/*.yaml: {store.path: url, nodes.*.type: kind}}"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_key_is_renamed_and_nothing_else(tmp_path: Path, end: str, mark: str) -> None:
    steps = declared(tmp_path, KEYS)
    old, new = ((mark + text).replace("\n", end).encode() for text in (CONFIG, RENAMED))
    assert migrations.rewritten(steps, "config/memory.yaml", old) == new
    assert migrations.rewritten(steps, "config/memory.yaml", new) is new


YAML = {
    "parent-and-child": ({"a": "b", "a.x": "y"}, "a: {x: 1}", "b: {y: 1}"),
    "child-of-any": ({"*.x": "y"}, "a: {x: 1}\nb: {c: {x: 1}}", "a: {y: 1}\nb: {c: {x: 1}}"),
    "documents": ({"a": "b"}, "a: 1\n---\na: 2\n", "b: 1\n---\nb: 2\n"),
    "json": ({"a.b": "c"}, '{"a":{"b":1}}', '{"a":{"c":1}}'),
    "explicit": ({"a": "b"}, "? a\n: 1\n", "? b\n: 1\n"),
    "anchored": ({"a": "b"}, "&x a: *x\n", "&x b: *x\n"),
    "tagged": ({"a": "b"}, "!!str a: !mine [1]\n", "!!str b: !mine [1]\n"),
    "unicode": ({"é.a": "b"}, "ü: 1\né: {ä: €, a: 1}\n", "ü: 1\né: {ä: €, b: 1}\n"),
    "alias": ({"a.x": "y"}, "d: &d {x: 1}\na: *d\n", None),
    "endless": ({"*.*.*.x": "y"}, "a: &a {x: *a}\n", None),
    "escaped": ({"a": "b"}, '"\\x61": 1\n', None),
    "there": ({"a": "b"}, "a: 1\nb: 2\n", None),
    "elsewhere": ({"a.b": "c"}, "b: {a: 1}\na: [b]\n", None),
    "empty": ({"a": "b"}, "", None),
    "text": ({"a": "b"}, "a", None),
    "no-yaml": ({"a": "b"}, "a: {{ a }}: [\n", None),
    "template": ({"a": "b"}, "{% if a %}\na: 1\n", None),
    "latin-1": ({"a": "b"}, "a: \udce9\n", None),
    "control": ({"a": "b"}, "a: \x01\n", None),
    "deep": ({"a": "b"}, "a: " + "[" * 100_000 + "]" * 100_000, None),
}  # fmt: skip


@pytest.mark.parametrize(("names", "old", "new"), YAML.values(), ids=YAML)
def test_keys(names: dict[str, str], old: str, new: str | None) -> None:
    content = old.encode("utf-8", "surrogateescape")
    found = keys.rewrite(names, content)
    assert found is content if new is None else found == new.encode()


PATTERNS = {
    "config/*.yaml": (["config/a.yaml", "config/.yaml"], ["config/x/a.yaml", "x/config/a.yaml"]),
    "config/**/*.yaml": (["config/a.yaml", "config/x/y/a.yaml"], ["config/a.yml", "a.yaml"]),
    "**/a.?ml": (["a.yml", "x/y/a.xml"], ["x/ba.yml", "a.yaml"]),
    "a+b(c).yaml": (["a+b(c).yaml"], ["aab(c).yaml", "a+b(c)xyaml"]),
    "deploy/**": (["deploy/a", "deploy/a/b"], ["deploy", "x/deploy/a"]),
}


@pytest.mark.parametrize(("pattern", "there", "not_there"), [(p, *f) for p, f in PATTERNS.items()])
def test_which_files(tmp_path: Path, pattern: str, there: list[str], not_there: list[str]) -> None:
    steps = declared(tmp_path, f'keys: {{"{pattern}": {{a: b}}}}')
    for path in (*there, *not_there):
        wanted = b"b: 1" if path in there else b"a: 1"
        assert migrations.rewritten(steps, path, b"a: 1") == wanted
        assert migrations.touches(steps, path) == (path in there)


def test_a_file_is_named_as_it_was_called_then(tmp_path: Path) -> None:
    steps = declared(
        tmp_path, "move: {a: b}\n  keys: {a: {x: y}}", "move: {b: c}\n  keys: {b: {y: z}}"
    )
    assert migrations.rewritten(steps, "a", b"x: 1") == b"z: 1"
    assert migrations.rewritten(steps, "b", b"y: 1") == b"z: 1"
    assert [migrations.touches(steps, path) for path in "abc"] == [True, True, False]


def test_any_python_file_may_import(tmp_path: Path) -> None:
    steps = declared(tmp_path, "imports: {a: b}")
    assert [migrations.touches(steps, p) for p in ("x/y.py", "y.pyc")] == [True, False]
    assert not migrations.touches(declared(tmp_path, "move: {a/: b/}"), "a/x.py")


DATA = st.recursive(
    st.none() | st.integers() | st.sampled_from(["a", "a: b", "# c"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
)
RULES = st.sampled_from([["a"], ["a", "b"], ["*", "a"], ["b", "*", "c"]])


def by_data(data: Any, path: list[str]) -> Any:
    """The same on the parsed data."""
    if isinstance(data, list):
        return [by_data(item, path[1:]) for item in data] if path[0] == "*" else data
    if not isinstance(data, dict) or not path:
        return data
    if len(path) == 1:
        return {"z" if name == path[0] else name: value for name, value in data.items()}
    below = {n: by_data(v, path[1:]) for n, v in data.items() if path[0] in (n, "*")}
    return data | below


@given(DATA, RULES, st.sampled_from([True, False, None]), st.sampled_from([None, "'", '"']))
def test_renaming_in_text_is_renaming_in_data(
    data: Any, path: list[str], flow: bool | None, quotes: str | None
) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, default_style=quotes).encode()
    found = keys.rewrite({".".join(path): "z"}, text)
    assert yaml.safe_load(found) == by_data(yaml.safe_load(text), path)
    assert keys.rewrite({".".join(path): "z"}, found) is found
