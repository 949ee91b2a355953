"""Binary files, encodings, and names that are hard to handle."""

import os
import unicodedata
from pathlib import Path

import pytest

from tests.unit.support import commit
from tests.update.project import Start
from tests.update.support import body


def png(seed: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0" + bytes((seed * n) % 256 for n in range(500))


def test_a_binary_changes(start: Start) -> None:
    project = start({"l.png": png(1), "mine.png": png(1)})
    project.edit({"mine.png": png(9)})
    project.template.release({"l.png": png(2)})
    assert project.told().actions == {"l.png": "updated"}
    assert (project.bytes("l.png"), project.bytes("mine.png")) == (png(2), png(9))


def test_a_binary_that_both_changed(start: Start) -> None:
    project = start({"l.png": png(1), "a.txt": body()})
    project.edit({"l.png": png(9), "a.txt": body({3: "mine"})})
    project.template.release({"l.png": png(2)})
    assert project.conflicted().actions == {"l.png": "conflict"}
    assert project.bytes("l.png") == png(9)
    assert project.unmerged() == {"l.png": "123"}
    assert project.read("a.txt") == body({3: "mine"})


def test_a_binary_that_the_template_dropped(start: Start) -> None:
    project = start({"l.png": png(1)})
    project.edit({"l.png": png(9)})
    project.template.release({"l.png": None})
    assert project.conflicted().actions == {"l.png": "conflict"}
    assert project.bytes("l.png") == png(9)


def test_text_becomes_binary(start: Start) -> None:
    project = start({"a.dat": body(), "b.dat": body()})
    project.edit({"b.dat": body({3: "mine"})})
    project.template.release({"a.dat": png(1), "b.dat": png(2)})
    assert project.conflicted().actions == {"a.dat": "updated", "b.dat": "conflict"}
    assert project.bytes("a.dat") == png(1)
    assert b"mine\n" in project.bytes("b.dat")


def test_text_with_crlf_becomes_binary(start: Start) -> None:
    project = start({"a.dat": body()})
    project.edit({"a.dat": body().replace("\n", "\r\n")})
    project.template.release({"a.dat": png(2) + b"\n"})
    assert project.told().actions == {"a.dat": "updated"}
    assert project.bytes("a.dat") == png(2) + b"\n"


def test_latin_1(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "café"}).encode("latin-1")})
    project.template.release({"a.txt": body({28: "theirs"})})
    project.told()
    assert project.bytes("a.txt") == body({3: "café", 28: "theirs"}).encode("latin-1")


def test_latin_1_and_a_conflict(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "café"}).encode("latin-1")})
    project.template.release({"a.txt": body({3: "thé"}).encode()})
    project.conflicted()
    assert "café".encode("latin-1") in project.bytes("a.txt")
    assert "thé".encode() in project.bytes("a.txt")


def test_invalid_utf_8_in_a_file_with_structure(start: Start) -> None:
    project = start({"a.toml": "a = 1\nb = 2\n", "a.py": "x = 1\ny = 2\n"})
    mine = "a = 3 # café\nb = 2\n".encode("latin-1")
    project.edit({"a.toml": mine, "a.py": mine})
    project.template.release({"a.toml": "a = 1\nb = 5\n", "a.py": "x = 1\ny = 5\n"})
    assert project.update().code in (0, 3)
    assert "café".encode("latin-1") in project.bytes("a.toml")
    assert "café".encode("latin-1") in project.bytes("a.py")


def test_utf_16(start: Start) -> None:
    project = start({"a.txt": body().encode("utf-16"), "b.txt": body().encode("utf-16")})
    project.edit({"b.txt": body({3: "mine"}).encode("utf-16")})
    new = body({28: "theirs"}).encode("utf-16")
    project.template.release({"a.txt": new, "b.txt": new})
    assert project.conflicted().actions == {"a.txt": "updated", "b.txt": "conflict"}
    assert project.bytes("a.txt") == new
    assert project.bytes("b.txt") == body({3: "mine"}).encode("utf-16")


def test_a_nul_in_text(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "mi\0ne"})})
    project.template.release({"a.txt": body({28: "theirs"})})
    project.conflicted()
    assert b"mi\0ne" in project.bytes("a.txt")


NAMES = {
    "letters": "dócs/ñandú file.md",
    "chinese": "文档/说明.md",
    "emoji": "docs/🚀.md",
    "glob": "app/[id].tsx",
    "star": "a*b?.txt",
    "dash": "-rf.txt",
    "dashes": "--help",
    "spaces": " a  b .txt",
    "quotes": 'it\'s "so".txt',
    "backslash": "a\\b.txt",
    "dollar": "$HOME `id` %d.txt",
    "pathspec": ":(top)x",
    "not": ":!x",
    "hash": "#x",
    "HEAD": "HEAD",
    "branch": "main",
    "colon": "yours:x.txt",
    "arrow": "a -> b.txt",
    "dots": "a..b...txt",
    "at": "@{u}",
    "newline": "a\nb.txt",
    "tab": "a\tb.txt",
    "brackets": "[red]/[bold].txt",
}


def test_names(start: Start) -> None:
    names = NAMES.values()
    files = ("{}", "{}.2", "{}.3", "sub/{}")
    project = start({f.format(n): body() + f.format(n) for f in files for n in names})

    def changed(number: int, by: str, form: str) -> dict[str, str]:
        return {form.format(n): body({number: by}) + form.format(n) for n in names}

    gone = dict.fromkeys(f"{n}.3" for n in names)
    project.edit({**changed(3, "mine", "{}"), **changed(3, "mine", "{}.2"), **gone})
    new = {**changed(28, "theirs", "{}"), **changed(3, "theirs", "{}.2"), "new.txt": "n\n"}
    dropped = dict.fromkeys(f"sub/{n}" for n in names)
    project.template.release({**new, **changed(3, "theirs", "{}.3"), **dropped})
    kinds = dict(zip(files, ("merged", "conflict", "kept-deleted", "deleted"), strict=True))
    wanted = {form.format(n): kind for form, kind in kinds.items() for n in names}
    assert project.conflicted().actions == {**wanted, "new.txt": "added"}
    assert project.unmerged() == {f"{n}.2": "123" for n in names}
    for name in names:
        assert project.read(name) == body({3: "mine", 28: "theirs"}) + name


def test_a_name_in_the_report(start: Start) -> None:
    project = start({"app/[id].tsx": body(), "[red]x": body()})
    project.template.release({"app/[id].tsx": body({28: "theirs"}), "[red]x": "x\n"})
    out = project.update().out
    assert "app/[id].tsx" in out
    assert "[red]x" in out


def test_a_sibling_that_the_name_would_match_as_a_glob(start: Start) -> None:
    project = start({"app/[id].tsx": body(), "app/i.tsx": body()})
    project.edit({"app/[id].tsx": body({3: "mine"}), "app/i.tsx": body({9: "mine"})})
    project.template.release({"app/[id].tsx": body({3: "theirs"})})
    assert project.conflicted().actions == {"app/[id].tsx": "conflict"}
    assert project.read("app/i.tsx") == body({9: "mine"})


def test_a_name_that_is_composed_in_two_ways(start: Start) -> None:
    composed, apart = (unicodedata.normalize(form, "é.txt") for form in ("NFC", "NFD"))
    project = start({composed: body()})
    project.edit({apart: "mine\n", composed: body({3: "mine"})})
    project.template.release({composed: body({28: "theirs"})})
    assert project.told().actions == {composed: "merged"}
    assert project.read(apart) == "mine\n"
    assert project.read(composed) == body({3: "mine", 28: "theirs"})


@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "untracked"])
def test_a_file_of_the_user_whose_name_is_not_utf_8(start: Start, tracked: bool) -> None:
    project = start({"a.txt": body()})
    odd = Path(os.fsdecode(os.fsencode(project.root) + b"/caf\xe9.txt"))
    odd.write_text("mine\n")
    if tracked:
        commit(project.root)
    project.template.release({"a.txt": body({28: "theirs"})})
    assert project.told().actions == {"a.txt": "updated"}
    assert odd.read_text() == "mine\n"
