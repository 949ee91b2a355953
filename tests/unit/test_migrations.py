"""template/migrations.yml: what it may say, and which of it an update makes."""

from pathlib import Path

import pytest

from agentkit import migrations
from agentkit.errors import AgentkitError
from tests.unit.migrated import FILE, declared, load
from tests.unit.support import write


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n", "[]"])
def test_no_migrations(tmp_path: Path, text: str | None) -> None:
    assert migrations.load(tmp_path if text is None else write(tmp_path, {FILE: text})) == ()


def test_what_is_read_cannot_be_changed(tmp_path: Path) -> None:
    (found,) = load(tmp_path, '- {version: 0.2.0, why: "a\n  b", map: {ci: {gh: github}}}')
    assert (found.version, found.why, found.map) == ("0.2.0", "a b", {"ci": {"gh": "github"}})
    with pytest.raises(TypeError):
        found.map["ci"]["gh"] = "x"  # type: ignore[index]
    with pytest.raises(AttributeError):
        found.why = "x"  # type: ignore[misc]


WRONG = {
    "syntax": ("- {", "does not parse"),
    "bytes": ("- version: \udcff", "does not parse"),
    "no-list": ("version: 0.2.0", "it is no list"),
    "no-mapping": ("- 0.2.0", "entry 1 is no mapping"),
    "no-version": ("- why: w", "entry 1: version is no text"),
    "number": ("- {version: 0.2, why: w}", 'entry 1: version is no text: write it as "1.2.3"'),
    "no-pep440": ("- {version: soon, why: w}", 'entry 1 (soon): version "soon" is no version'),
    "no-why": ("- {version: 0.2.0}", "entry 1 (0.2.0): why is no text"),
    "order": ("- {version: 0.10.0, why: w}\n- {version: 0.9.0, why: w}", "0.9.0 stands after 0.10"),
    "alias": ("- &a {version: 0.2.0, why: w}\n- *a", "line 2 has an alias"),
    "deep": ("[" * 30 + "]" * 30, "nested too deeply"),
    "very-deep": ("[" * 100_000 + "]" * 100_000, ""),
}
SECTIONS = {
    "unknown": ("renames: {a: b}", '"renames" is unknown', "did you mean rename? known: version"),
    "no-mapping": ("rename: [a]", "rename is no mapping", "author"),
    "no-question": ("rename: {a: b-c}", 'rename: a "b-c" is no name of a question', "author"),
    "private": ("rename: {_commit: b}", 'rename "_commit" is no name', "author"),
    "value": ("map: {ci: {a: [b]}}", "map: ci: a is no single value", "author"),
    "null": ("map: {ci: {null: b}}", "map: ci is no single value", "author"),
    "split-value": ("split: {a: {b: {c: {}}}}", "split: a: b: c is no single value", "author"),
    "out": ("move: {a: ../b}", 'move: a "../b" is no path inside the project', "author"),
    "absolute": ("move: {/a: b}", 'move "/a" is no path', "author"),
    "git": ("move: {a: b/.GIT/x}", "is no path inside the project", "author"),
    "backslash": (r"move: {a: 'b\c'}", "is no path inside the project", "author"),
    "kinds": ("move: {a/: b}", "move: a/ and its new place are not both folders", "author"),
    "chain": ("move: {a: b, b: c}", "move: a gets a name that b renames", "author"),
    "into-a-source": ("move: {a/: b/, b/x: c}", "move: a/ gets a name that b/x", "author"),
    "stays": ("move: {a/x: a/y, a/: b/}", "move: a/x gets a name that a/ renames", "author"),
    "no-module": ("imports: {a/b.py: c}", 'imports "a/b.py" is no module', "author"),
    "leaves": ("imports: {a.b: c}", 'imports: a.b cannot leave its package: "c" has', "author"),
    "swap": ("imports: {a.b: a.c, a.c: a.b}", "imports: a.b gets a name that a.c", "author"),
    "folder": ("keys: {a/: {b: c}}", 'keys "a/" is a folder', "author"),
    "other-parent": ("keys: {a: {b.c: d.e}}", '"d.e" is no plain name for a key', "author"),
    "norway": ("keys: {a: {b: 'no'}}", '"no" is no plain name', "author"),
    "any-key": ("keys: {a: {b.*: c}}", '"b.*" is no key', "author"),
    "key-chain": ("keys: {a: {'*.b': c, x.c: d}}", "*.b gets a name that x.c renames", "author"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_a_file_that_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "template").mkdir()
    (tmp_path / FILE).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(AgentkitError) as wrong:
        migrations.load(tmp_path)
    assert wrong.value.where == FILE
    assert words in wrong.value.what


@pytest.mark.parametrize(("section", "words", "fix"), SECTIONS.values(), ids=SECTIONS)
def test_a_section_that_is_wrong(tmp_path: Path, section: str, words: str, fix: str) -> None:
    with pytest.raises(AgentkitError) as wrong:
        declared(tmp_path, section)
    assert wrong.value.where == FILE
    assert wrong.value.what.startswith("entry 1 (0.1.0): ")
    assert words in wrong.value.what
    assert fix in wrong.value.fix


@pytest.mark.parametrize("other", ["rename: {a: d}", "map: {a: {b: c}}"])
def test_a_question_is_split_or_renamed(tmp_path: Path, other: str) -> None:
    with pytest.raises(AgentkitError, match="split: a is in"):
        declared(tmp_path, f"split: {{a: {{b: {{c: d}}}}}}\n  {other}")


BETWEEN = {
    "old-is-exclusive": ("0.1.0", "0.2.0", ["0.2.0"]),
    "new-is-inclusive": ("0.0.1", "0.1.0", ["0.1.0"]),
    "prefix": ("v0.1.0", "v0.10.0", ["0.2.0", "v0.10.0"]),
    "by-number": ("0.2.0", "0.9.0", []),
    "prerelease": ("0.1.0", "0.2.0rc1", []),
    "after-a-prerelease": ("0.2.0rc1", "0.2.0", ["0.2.0"]),
    "same": ("0.2.0", "0.2.0", []),
    "back": ("0.10.0", "0.1.0", []),
    "to-the-checkout": ("0.1.0", "dev", ["0.2.0", "v0.10.0"]),
    "to-a-commit": ("0.2.0", "3f2a1bc", ["v0.10.0"]),
    "from-the-checkout": ("dev", "0.10.0", []),
    "from-a-commit": ("0a12345", "0.10.0", []),
    "from-nothing": ("", "0.10.0", []),
    "described": ("v0.1.0-3-g3f2a1bc", "v0.2.0-1-g3f2a1bc", ["0.2.0"]),
}


@pytest.mark.parametrize(("old", "new", "wanted"), BETWEEN.values(), ids=BETWEEN)
def test_which_an_update_makes(tmp_path: Path, old: str, new: str, wanted: list[str]) -> None:
    text = "".join(f"- {{version: {v}, why: w}}\n" for v in ("0.1.0", "0.2.0", "v0.10.0"))
    found = migrations.between(load(tmp_path, text), old, new)
    assert [m.version for m in found] == wanted
