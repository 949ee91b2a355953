"""Small edits of each kind, as they should look."""

import pytest

from agentkit import structure
from tests.unit.three_way import merged

TOML, YAML, JSON = "x.toml", "x.yaml", "x.json"

# path, base, ours, theirs, the result
EDITS = {
    "a-key-behind-what-precedes-it": (
        *(TOML, "a = 1\nc = 1\n", "a = 1\nc = 2\n", "a = 1\n# new\nb = 1\nc = 1\n"),
        "a = 1\n# new\nb = 1\nc = 2\n",
    ),
    "a-first-key-under-the-header": (
        *(YAML, "# about\n\nb: 1\n", "# about\n\nb: 2\n", "# about\n\na: 1\nb: 1\n"),
        "# about\n\na: 1\nb: 2\n",
    ),
    "a-key-removed-with-its-comment": (
        *(YAML, "a: 1\n# old\nb: 1\nc: 1\n", "a: 2\n# old\nb: 1\nc: 2\n", "a: 1\nc: 1\n"),
        "a: 2\nc: 2\n",
    ),
    "a-table-before-others": (
        *(TOML, "[b]\nx = 1\n\n[c]\n", "[b]\nx = 2\n\n[c]\n", "[a]\n\n[b]\nx = 1\n\n[c]\n"),
        "[a]\n\n[b]\nx = 2\n\n[c]\n",
    ),
    "keys-above-the-tables": (
        *(TOML, "[b]\nx = 1\n", "# mine\n[b]\nx = 2\n", "a = 1\n\n[b]\nx = 1\n"),
        "a = 1\n\n# mine\n[b]\nx = 2\n",
    ),
    "a-table-removed": (
        *(TOML, "[a]\n\n[b]\nx = 1\n", "[a]\ny = 1\n\n[b]\nx = 1\n", "[a]\n"),
        "[a]\ny = 1\n",
    ),
    "tables-of-an-array": (
        *(TOML, '[[a]]\nname = "x"\n', '[[a]]\nname = "x"\nv = 1\n\n[[a]]\nname = "y"\n'),
        '[[a]]\nname = "z"\n\n[[a]]\nname = "x"\n',
        '[[a]]\nname = "z"\n\n[[a]]\nname = "x"\nv = 1\n\n[[a]]\nname = "y"\n',
    ),
    "a-key-in-an-inline-table": (
        *(TOML, "a = { x = 1 }\n", "a = { x = 2 }\n", "a = { x = 1, y = 1 }\n"),
        "a = { x = 2, y = 1 }\n",
    ),
    "an-array-without-a-last-comma": (
        *(TOML, 'a = [\n  "x"\n]\n', 'a = [\n  "x",\n  "y"\n]\n', 'a = [\n  "x",\n  "z"\n]\n'),
        'a = [\n  "x",\n  "y",\n  "z"\n]\n',
    ),
    "an-array-whose-bracket-closes-its-last-line": (
        *(TOML, 'a = ["x",\n     "y"]\n', 'a = ["x",\n     "m"]\n', 'a = ["x",\n     "y", "z"]\n'),
        'a = ["x",\n     "m",\n     "z"]\n',
    ),
    "an-empty-list-filled": (
        *(JSON, '{\n  "a": []\n}\n', '{\n  "a": [],\n  "b": 1\n}\n', '{\n  "a": [1]\n}\n'),
        '{\n  "a": [1],\n  "b": 1\n}\n',
    ),
    "the-last-of-an-object-removed": (
        *(JSON, '{\n  "a": 1,\n  "b": 1\n}\n', '{\n  "a": 2,\n  "b": 1\n}\n', '{\n  "a": 1\n}\n'),
        '{\n  "a": 2\n}\n',
    ),
    "an-empty-value-filled-by-lines": (
        *(YAML, "a:\n  x: 1\nb: 1\n", "a: {}\nb: 1\n", "a:\n  x: 1\n  y:\n    z: 1\nb: 1\n"),
        "a:\n  y:\n    z: 1\nb: 1\n",
    ),
    "a-list-emptied": (
        *(JSON, '{"a": [1], "b": 1}', '{"a": [1], "b": 2}', '{"a": [], "b": 1}'),
        '{"a": [], "b": 2}',
    ),
    "json-in-our-indentation": (
        *(
            JSON,
            '{\n  "a": {}\n}\n',
            '{\n    "a": {"x": 1}\n}\n',
            '{\n  "a": {},\n  "b": [\n    1\n  ]\n}\n',
        ),
        '{\n    "a": {"x": 1},\n    "b": [\n        1\n    ]\n}\n',
    ),
    "a-value-becomes-a-block": (
        *(YAML, "a: 1\nb: 1\n", "a: 1\nb: 2\n", "a:\n  x: 1\nb: 1\n"),
        "a:\n  x: 1\nb: 2\n",
    ),
    "a-block-becomes-a-value": (
        *(YAML, "a:\n  x: 1\nb: 1\n", "a:\n  x: 1\nb: 2\n", "a: []  # none\nb: 1\n"),
        "a: []  # none\nb: 2\n",
    ),
    "no-line-end-at-the-end": (YAML, "a: 1", "a: 1\nb: 2", "a: 1\nc: 3", "a: 1\nb: 2\nc: 3\n"),
    "a-list-in-another-indentation": (
        *(YAML, "a:\n- x\n", "a:\n    - x\n    - y\n", "a:\n- x\n- id: k\n  l: 2\n"),
        "a:\n    - x\n    - y\n    - id: k\n      l: 2\n",
    ),
    "a-list-in-another-style": (
        *(YAML, "a: [x]\n", "a:\n  - x  # mine\n", "a: [x, y]\n"),
        "a:\n  - x  # mine\n  - y\n",
    ),
    "a-block-scalar": (
        *(YAML, "a: |\n  x\n\nb: 1\n", "a: |\n  x\n\nb: 2\n", "a: |+\n  y\n\nb: 1\n"),
        "a: |+\n  y\n\nb: 2\n",
    ),
    "a-moved-item": (
        *(YAML, "- a\n- b\n- c\n", "- a\n- b\n- c\n- d\n", "- c\n- a\n- b\n"),
        "- c\n- d\n- a\n- b\n",
    ),
    "a-key-of-an-item-before-its-first": (
        *(YAML, "- b: 1\n  name: n\n", "- b: 2\n  name: n\n", "- a: 1\n  b: 1\n  name: n\n"),
        "- a: 1\n  b: 2\n  name: n\n",
    ),
    "an-empty-line-between-all": (
        *(YAML, "b:\n  x: 1\n\nc:\n  x: 1\n", "m:\n  x: 1\n\nb:\n  x: 1\n\nc:\n  x: 1\n"),
        "z:\n  x: 1\n\nb:\n  x: 1\n\nc:\n  x: 1\n",
        "m:\n  x: 1\n\nz:\n  x: 1\n\nb:\n  x: 1\n\nc:\n  x: 1\n",
    ),
    "a-bracket-that-closes-the-last-line": (
        *(TOML, 'a = [\n  "x"]\n', 'a = [\n  "x",\n  "y"]\n', 'a = [\n  "x",\n  "z"]\n'),
        'a = [\n  "x",\n  "y",\n  "z"]\n',
    ),
    "a-comment-before-such-a-bracket": (
        *(TOML, 'a = [\n  "x"]\n', 'a = [\n  "x",\n  "y"]\n', 'a = [\n  "x",\n  "z" # new\n]\n'),
        'a = [\n  "x",\n  "y",\n  "z" # new\n]\n',
    ),
    "a-value-where-there-was-none": (
        YAML,
        "a:\nb: 1\n",
        "a:\nb: 2\n",
        "a: x\nb: 1\n",
        "a: x\nb: 2\n",
    ),
    "a-comment-behind-a-key": (
        *(YAML, "a: # one\n  x: 1\n", "a: # one\n  x: 2\n", "a: # two\n  x: 1\n  y: 1\n"),
        "a: # two\n  x: 2\n  y: 1\n",
    ),
    "empty-lines-that-count": (
        *(YAML, "a: |+\n  x\n\nb: 1\nc: 1\n", "a: |+\n  x\n\nb: 1\nc: 2\n", "a: |+\n  x\n\nc: 1\n"),
        "a: |+\n  x\n\nc: 2\n",
    ),
    "an-empty-table": (
        *(TOML, "[b]\nx = 1\n", "[b]\nx = 1\ny = 1\n", "[b]\nx = 1\n\n[a]\n"),
        "[b]\nx = 1\ny = 1\n\n[a]\n",
    ),
    "a-table-that-they-write-as-keys": (
        *(TOML, "[a]\nx = 1\n", "[a]\nx = 1\ny = 1\n", "b = 1\na.x = 1\n"),
        "b = 1\n[a]\nx = 1\ny = 1\n",
    ),
    "a-table-in-a-line-with-dotted-keys": (
        *(TOML, "a = {x.y = 1}\nb = 1\n", "a = {x.y = 1}\nb = 2\n", "a = {x.y = 2}\nb = 1\n"),
        "a = {x.y = 2}\nb = 2\n",
    ),
    "a-comment-of-a-value-goes-with-it": (
        *(YAML, "v: 1  # one\n", "v: 1  # one\nw: 1\n", "v: 2  # two\n"),
        "v: 2  # two\nw: 1\n",
    ),
    "documents": (
        *(YAML, "kind: A\n---\nkind: B\nx: 1\n", "kind: A\n---\nkind: B\nx: 1\nmine: 1\n"),
        "kind: A\n---\nkind: B\nx: 2\n",
        "kind: A\n---\nkind: B\nx: 2\nmine: 1\n",
    ),
    "a-step-stays-itself-in-another-version": (
        *(YAML, "- uses: a@1\n", "- uses: a@1\n  with: {x: 1}\n", "- uses: a@2\n"),
        "- uses: a@2\n  with: {x: 1}\n",
    ),
}


@pytest.mark.parametrize(("path", "base", "ours", "theirs", "result"), EDITS.values(), ids=EDITS)
def test_an_edit(path: str, base: str, ours: str, theirs: str, result: str) -> None:
    assert merged(path, base, ours, theirs) == result


def test_tables_of_an_array_are_known_by_their_names() -> None:
    base = b'[[a]]\nname = "x"\n\n[[a]]\nname = "y"\n'
    ours, theirs = base + b"v = 1\n", b'[[a]]\nname = "y"\nw = 1\n'
    merged = structure.merge("x.toml", base, ours, theirs, ours)
    assert merged == b'[[a]]\nname = "y"\nv = 1\nw = 1\n'


def test_lines_that_merged_into_nonsense_are_not_used() -> None:
    base, ours, theirs = b"a: 1\n", b"a: 1\nb: 2\n", b"a: 1\nc: 3\n"
    assert structure.merge("x.yaml", base, ours, theirs, b"a: [\n") == b"a: 1\nb: 2\nc: 3\n"
