"""Where it cannot be told what is meant, the conflict stands."""

from itertools import pairwise

import pytest

from agentkit import structure
from tests.unit.three_way import edited, merged

TOML, YAML, JSON = "x.toml", "x.yaml", "x.json"

# path, base, ours, theirs
STANDS = {
    "a-value-changed-twice": (JSON, '{"a": 1}', '{"a": 2}', '{"a": 3}'),
    "a-type-changed-twice": (YAML, "a: 2\n", "a: 1\n", "a: true\n"),
    "a-key-added-twice": (TOML, "", "a = 1\n", "a = 2\n"),
    "a-list-added-twice": (JSON, "{}", '{"a": [1]}', '{"a": [2]}'),
    "changed-and-removed": (YAML, "a: 1\nb: 1\n", "a: 2\nb: 1\n", "b: 1\n"),
    "removed-and-changed": (YAML, "a: {x: 1}\nb: 1\n", "b: 1\n", "a: {x: 2}\nb: 1\n"),
    "an-item-removed-and-changed": (
        *(YAML, "- id: a\n  v: 1\n- id: b\n", "- id: b\n", "- id: a\n  v: 2\n- id: b\n"),
    ),
    "a-requirement-changed-twice": (TOML, 'a = ["x>=1"]\n', 'a = ["x>=1.5"]\n', 'a = ["x>=2"]\n'),
    "a-requirement-in-two-spellings": (
        *(TOML, 'a = ["y>1"]\n', 'a = ["y>1", "my_x>=1"]\n', 'a = ["y>1", "My.X>=2"]\n'),
    ),
    "a-variable-set-twice": (YAML, "- A=1\n", "- A=2\n", "- A=3\n"),
    "an-item-replaced-twice": (YAML, "- 80:80\n- a\n", "- 81:80\n- a\n", "- 82:80\n- a\n"),
    "an-item-replaced-and-removed": (YAML, "- p\n- q\n", "- r\n- q\n", "- q\n"),
    "words-of-a-command": (JSON, '["a"]', '["a", "--x", "1"]', '["a", "--y", "1"]'),
    "arguments": (YAML, "args: [a]\n", "args: [a, b]\n", "args: [a, c]\n"),
    "an-item-that-stands-there-twice": (JSON, "[1, 1]", "[1, 1, 2]", "[1, 1, 3]"),
    "items-without-a-name": (JSON, '[{"a": 1, "b": 1}]', '[{"a": 2, "b": 1}]', "[]"),
    "lists-in-lists": (JSON, "[[1]]", "[[1], [2]]", "[[1], [3]]"),
    "moved-twice": (YAML, "- a\n- b\n- c\n", "- b\n- a\n- c\n", "- a\n- c\n- b\n"),
    "a-comment-changed-twice": (YAML, "# a\nx: 1\n", "# b\nx: 1\n", "# c\nx: 1\n"),
    "our-comment-on-what-is-removed": (TOML, "a = 1\nb = 1\n", "a = 1  # mine\nb = 1\n", "b = 1\n"),
    "their-comment-on-what-we-removed": (TOML, "a = 1\nb = 1\n", "b = 1\n", "# x\na = 1\nb = 1\n"),
    "a-comment-with-no-place": (YAML, "a: [x]\n", "a: [x, y]\n", "a:\n  - x\n  # z\n  - z\n"),
    "not-what-it-says": (JSON, "{", '{"a": 1}', '{"b": 1}'),
    "comments-in-json": (JSON, "{}", '{"a": 1}', '{\n// x\n"b": 1}'),
    "not-a-number": (JSON, "{}", '{"a": NaN}', '{"b": 1}'),
    "a-key-twice-in-json": (JSON, "{}", '{"a": 1, "a": 2}', '{"b": 1}'),
    "a-key-twice-in-yaml": (YAML, "c: 1\n", "c: 1\na: 1\na: 2\n", "c: 1\nb: 1\n"),
    "keys-that-are-equal": (YAML, "c: 1\n", "c: 1\n1: x\ntrue: x\n", "c: 1\nb: 1\n"),
    "a-tag": (YAML, "c: 1\n", "c: 1\na: !!python/name:os.system\n", "c: 1\nb: 1\n"),
    "an-alias-of-itself": (YAML, "c: 1\n", "c: &a\n  d: *a\n", "c: 1\nb: 1\n"),
    "a-key-that-is-a-list": (YAML, "c: 1\n", "c: 1\n[a]: 1\n", "c: 1\nb: 1\n"),
    "no-document": (YAML, "", "a: 1\n", "b: 1\n"),
    "documents-of-other-things": (
        *(YAML, "kind: A\n---\nkind: B\n", "kind: A\n---\nkind: C\n", "kind: D\n---\nkind: B\n"),
    ),
    "another-number-of-documents": (YAML, "a: 1\n", "a: 1\nb: 1\n", "a: 1\n---\na: 2\n"),
    "mixed-line-ends": (YAML, "a: 1\n", "a: 1\r\nb: 1\n", "a: 1\nc: 1\n"),
    "a-number-too-long": (YAML, "c: 1\n", f"c: 1\na: {'1' * 200}\n", "c: 1\nb: 1\n"),
    "an-alias-that-would-change": (
        *(YAML, "a: &x {k: 1}\nb: *x\n", "a: &x {k: 1}\nb: *x\nc: 1\n"),
        "a: &x {k: 2}\nb: {k: 1}\n",
    ),
    "commas-before-the-items": (
        *(JSON, '{"a": 1\n,"b": 1}', '{"a": 2\n,"b": 1}', '{"a": 1\n,"b": 2}'),
    ),
    "a-huge-file": (JSON, "{}", '{"a": 1}', '{"b": 1}' + " " * 100_000),
    "a-lock": ("package-lock.json", "{}", '{"a": 1}', '{"b": 1}'),
    "words": ("x.txt", "a\n", "a b\n", "a  c\n"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "base", "ours", "theirs"), STANDS.values(), ids=STANDS)
def test_the_conflict_stands(path: str, base: str, ours: str, theirs: str) -> None:
    assert merged(path, base, ours, theirs) is None


def test_the_table_is_about_what_it_says() -> None:
    """The same cases with nothing of theirs in the way do merge, if they parse."""
    assert merged(JSON, '{"a": 1}', '{"a": 2}', '{"a": 1, "b": 3}') == '{"a": 2, "b": 3}'
    assert merged(YAML, "c: 1\n", "c: 1\na: &a 1\n", "c: 1\nb: 1\n") == "c: 1\na: &a 1\nb: 1\n"
    assert merged(YAML, "args: [a]\n", "args: [b]\n", "args: [a]\nx: 1\n") == "args: [b]\nx: 1\n"


DEEP = 5000
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghi")
)
HOSTILE = {
    "a-bomb": (YAML, BOMB),
    "deep-yaml": (YAML, "[" * DEEP + "]" * DEEP),
    "deep-blocks": (YAML, "- " * DEEP + "x\n"),
    "a-long-number": (YAML, "a: " + "1:" * DEEP + "1\n"),
    "deep-json": (JSON, "[" * DEEP + "]" * DEEP),
    "a-big-number": (JSON, "[" + "9" * DEEP + "]"),
    "deep-toml": (TOML, "a = " + "[" * DEEP + "]" * DEEP),
    "a-deep-key": (TOML, ".".join(["a"] * DEEP) + " = 1\n"),
    "deep-python": ("x.py", "x = " + "-" * DEEP * 10 + "1\n"),
    "many-brackets": ("x.py", "(" * DEEP + ")" * DEEP),
    "a-null": ("x.py", "x = 1\0\n"),
    "huge": (JSON, "[" + "1," * 100_000 + "1]"),
    "latin": (YAML, "a: \udce9\n"),
}


@pytest.mark.parametrize(("path", "text"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused(path: str, text: str) -> None:
    versions = (text.encode("utf-8", "surrogateescape"), b"1\n", b"2\n")
    for place in range(3):
        turned = [*versions[place:], *versions[:place]]
        assert structure.merge(path, *turned, turned[1]) is None


def test_an_item_keeps_its_version_if_only_one_side_changes_it() -> None:
    base = 'a = [\n  "x>=1",\n  "y>=1",\n]\n'
    ours, theirs = edited(base, ("x>=1", "x>=1.5")), edited(base, ("y>=1", "y>=2"))
    assert merged(TOML, base, ours, theirs) == edited(base, ("x>=1", "x>=1.5"), ("y>=1", "y>=2"))
