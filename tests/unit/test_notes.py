"""The release notes between two versions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit import notes, source
from agentkit.notes import Note

RELEASED = {
    version: {"date": f"2026-0{n}-01", "notes": f"- {version}"}
    for n, version in enumerate(["0.1.0", "0.2.0", "0.10.0", "1.0.0rc1", "1.0.0"], 1)
}
BETWEEN = {
    "old-is-exclusive": ("0.1.0", "0.2.0", ["0.2.0"]),
    "prefix": ("v0.1.0", "v0.10.0", ["0.2.0", "0.10.0"]),
    "prerelease": ("0.10.0", "1.0.0rc1", ["1.0.0rc1"]),
    "same": ("0.2.0", "0.2.0", []),
    "back": ("1.0.0", "0.1.0", []),
    "to-the-checkout": ("0.10.0", "dev", ["1.0.0rc1", "1.0.0"]),
    "from-the-checkout": ("dev", "1.0.0", []),
    "from-a-commit": ("3f2a1bc", "1.0.0", []),
    "beyond": ("0.10.0", "9.0", ["1.0.0rc1", "1.0.0"]),
}


@pytest.mark.parametrize(("old", "new", "wanted"), BETWEEN.values(), ids=BETWEEN)
def test_which_versions(old: str, new: str, wanted: list[str]) -> None:
    found = notes.between(dict(reversed(RELEASED.items())), old, new)
    assert [n.version for n in found] == wanted
    assert [n.text for n in found] == [f"- {version}" for version in wanted]


def test_the_notes_of_the_builtin_template() -> None:
    (first, *_) = notes.between(source.index(), "0.0.1", "dev")
    assert (first.version, first.date, first.steps) == ("0.1.0", "2026-11-21", ())
    assert first.text.startswith("The first release.")


NOTE = """\
A word before.

### Behaviour changes

- The store is `url`,
  no longer `path`.
* Runs stop
after an hour:
  - those of agents
  - those of tools

### Added
- A part.

### Manual steps
1. Change `AGENT_STORE`:

   ```sh
   export AGENT_STORE=x

   # ### Fixed
   ```
2. Deploy.

Tell your users:

```
Good

news
```

#### On Windows

- Nothing.

### Fixed
- A `thing`.
"""


def test_a_note_is_split_by_its_headings() -> None:
    (note,) = notes.between({"0.2.0": {"date": "2026-12-01", "notes": NOTE}}, "0.1.0", "0.2.0")
    assert note == Note(
        version="0.2.0",
        date="2026-12-01",
        behaviour=(
            "The store is `url`, no longer `path`.",
            "Runs stop after an hour: - those of agents - those of tools",
        ),
        steps=(
            "Change `AGENT_STORE`:\n\n```sh\nexport AGENT_STORE=x\n\n# ### Fixed\n```",
            "Deploy.",
            "Tell your users:",
            "```\nGood\n\nnews\n```",
            "On Windows",
            "Nothing.",
        ),
        text="A word before.\n\n### Added\n- A part.\n\n### Fixed\n- A `thing`.",
    )


TITLES = {
    "Behaviour changes": "behaviour",
    "BEHAVIOR CHANGE": "behaviour",
    "Changed behaviour": "behaviour",
    "⚠ BREAKING CHANGES": "behaviour",
    "**Breaking**:": "behaviour",
    "Manual steps": "steps",
    "Upgrade steps ###": "steps",
    "Migration": "steps",
    "Migration guide": "steps",
    "Changed": "text",
    "Breaking news": "text",
    "Migrations": "text",
}


@pytest.mark.parametrize(("title", "kind"), TITLES.items())
def test_what_a_heading_announces(title: str, kind: str) -> None:
    (note,) = notes.of_changelog(f"## 1.1\n\n### {title}\n\n- x\n", "1.0", "1.1")
    found = {"behaviour": note.behaviour, "steps": note.steps, "text": note.text}
    rest = f"### {title}\n\n- x" if kind == "text" else ""
    assert found == {"behaviour": (), "steps": (), "text": rest} | (
        {kind: ("x",)} if not rest else {}
    )


CHANGELOG = """\
# Changes

## Unreleased
- not yet

## [v1.2.3] - 2026-02-01
- three

## [1.2.2](https://example.org/compare/v1.2.1...v1.2.2) (2026-01-02)

### 1.2 is gone
- two

```
## 1.2.0
```
### [1.2.1] (2026-01-01)
- one
### Fixed
- it
## 1.2.0rc1: the candidate
- c
## 1.2.3
- again
## About 1.0.0
- about
# 1.0.0
## Added
- first
"""
SECTIONS = [
    Note("1.0.0", "", (), (), "## Added\n- first"),
    Note("1.2.0rc1", "", (), (), "- c"),
    Note("1.2.1", "2026-01-01", (), (), "- one\n### Fixed\n- it"),
    Note("1.2.2", "2026-01-02", (), (), "### 1.2 is gone\n- two\n\n```\n## 1.2.0\n```"),
    Note("1.2.3", "2026-02-01", (), (), "- three"),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("count", range(len(SECTIONS)))
def test_a_changelog(end: str, count: int) -> None:
    old = "v0.9" if not count else SECTIONS[count - 1].version
    text = CHANGELOG.replace("\n", end)
    assert notes.of_changelog(text, old, "dev") == tuple(SECTIONS[count:])
    assert notes.of_changelog(text, old, f"v{SECTIONS[count].version}") == (SECTIONS[count],)


@pytest.mark.parametrize("text", ["", "# Changes\n\nnone", "1.0.0\n=====\n- x", "##1.0.0\n- x"])
def test_a_changelog_without_versions(text: str) -> None:
    assert notes.of_changelog(text, "0.1", "2.0") == ()


LINES = st.sampled_from([
    "", "w", "- w", "  w", "  - w", "1. w", "### Breaking changes", "### Manual steps", "### w",
    "#### w", "```", "  ```", "~~~~", "- ```w", "\tw", "* w",
])  # fmt: skip


@given(st.lists(LINES, max_size=12))
def test_no_word_is_lost(lines: list[str]) -> None:
    numbered = [re.sub(r"\bw$", f"w{n}", line) for n, line in enumerate(lines)]
    (note,) = notes.between({"1": {"notes": "\n".join(numbered)}}, "0", "1")
    told = [*note.behaviour, *note.steps, note.text]
    assert sorted(re.findall(r"\bw\d+", " ".join(told))) == sorted(
        re.findall(r"\bw\d+", " ".join(numbered))
    )
