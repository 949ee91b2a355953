"""What both sides did to the lines of a file."""

import os

import pytest

from tests.update.project import Start
from tests.update.support import Program, body

CRLF = body().replace("\n", "\r\n")


def test_a_new_version_without_edits(start: Start) -> None:
    old = {"a.txt": body(), "gone/old.txt": "x\n", "run.sh": "echo\n"}
    project = start(old)
    new = {"a.txt": body(end="more\n"), "new.txt": "n\n", "gone/old.txt": None}
    project.template.release({**new, "run.sh": Program("echo\n")})
    wanted = {"a.txt": "updated", "gone/old.txt": "deleted", "new.txt": "added"}
    assert project.told().actions == {**wanted, "run.sh": "updated"}
    assert project.read("a.txt") == body(end="more\n")
    assert project.read("new.txt") == "n\n"
    assert os.access(project.root / "run.sh", os.X_OK)
    assert not project.has("gone")
    assert project.version() == "v2.0.0"


def test_the_result_is_staged_and_not_committed(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"})
    project.template.release({"a.txt": body({1: "theirs"}), "b.txt": None, "c.txt": "c\n"})
    head = project.git("rev-parse", "HEAD")
    assert project.update().code == 0
    staged = {"M  .copier-answers.yml", "M  a.txt", "D  b.txt", "A  c.txt"}
    assert set(project.git("status", "--porcelain").splitlines()) == staged
    assert project.git("rev-parse", "HEAD") == head


def test_edits_apart_from_each_other_are_merged(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"})
    project.edit({"a.txt": body({3: "mine"}), "mine.txt": "mine\n"})
    project.template.release({"a.txt": body({28: "theirs"})})
    assert project.told().actions == {"a.txt": "merged"}
    assert project.read("a.txt") == body({3: "mine", 28: "theirs"})
    assert project.read("mine.txt") == "mine\n"


def test_adjacent_lines(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({4: "mine"})})
    project.template.release({"a.txt": body({5: "theirs"})})
    assert project.update().code in (0, 3)
    assert {"mine", "theirs"} <= set(project.read("a.txt").split("\n"))


def test_the_same_change_on_both_sides(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": body()})
    project.edit({"a.txt": body({4: "same", 9: "mine"}), "b.txt": body({1: "same"}), "c": "c\n"})
    project.template.release({"a.txt": body({4: "same"}), "b.txt": body({1: "same"}), "c": "c\n"})
    project.told()
    assert project.read("a.txt") == body({4: "same", 9: "mine"})
    assert project.git("diff", "--cached", "--name-only") == ".copier-answers.yml"


def test_both_drop_the_same_lines(start: Start) -> None:
    project = start({"a.txt": body()})
    short = body().replace("line 7\nline 8\n", "")
    project.edit({"a.txt": short})
    project.template.release({"a.txt": short.replace("line 20", "theirs")})
    project.told()
    assert project.read("a.txt") == short.replace("line 20", "theirs")


def test_a_moved_block(start: Start) -> None:
    project = start({"a.txt": body()})
    block = "line 3\nline 4\nline 5\n"
    moved = body().replace(block, "") + block
    project.edit({"a.txt": moved})
    project.template.release({"a.txt": body({15: "theirs"})})
    project.told()
    assert project.read("a.txt") == moved.replace("line 15", "theirs")


def test_an_edit_inside_a_block_that_the_user_moved(start: Start) -> None:
    project = start({"a.txt": body()})
    block = "line 3\nline 4\nline 5\n"
    project.edit({"a.txt": body().replace(block, "") + block})
    project.template.release({"a.txt": body({4: "theirs"})})
    assert project.conflicted().actions == {"a.txt": "conflict"}
    assert "theirs" in project.read("a.txt")
    assert project.read("a.txt").count("line 5\n") >= 1


def test_no_newline_at_the_end(start: Start) -> None:
    project = start({"a.txt": body().rstrip("\n")})
    project.edit({"a.txt": body({20: "mine"}).rstrip("\n")})
    project.template.release({"a.txt": body({2: "theirs"})})
    project.told()
    assert project.read("a.txt") == body({2: "theirs", 20: "mine"})


def test_both_go_on_after_a_last_line_without_newline(start: Start) -> None:
    project = start({"a.txt": body() + "end"})
    project.edit({"a.txt": body() + "end\nmine"})
    project.template.release({"a.txt": body() + "end\ntheirs\n"})
    project.conflicted()
    assert {"end", "mine", "theirs"} <= set(project.read("a.txt").split("\n"))


def test_the_user_has_crlf(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": CRLF.replace("line 3\r", "mine\r")})
    project.template.release({"a.txt": body({28: "theirs"})})
    project.told()
    assert project.read("a.txt") == body({3: "mine", 28: "theirs"}).replace("\n", "\r\n")


def test_the_user_has_lf_where_the_template_has_crlf(start: Start) -> None:
    project = start({"a.txt": CRLF})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": CRLF.replace("line 28", "theirs")})
    project.told()
    assert project.read("a.txt") == body({3: "mine", 28: "theirs"})


def test_crlf_and_a_conflict(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": CRLF.replace("line 3\r", "mine\r")})
    project.template.release({"a.txt": body({3: "theirs", 20: "theirs too"})})
    project.conflicted()
    text = project.read("a.txt")
    assert text.count("<<<<<<<") == 1
    assert text.count("line 10") == 1
    assert "theirs too\r\n" in text


def test_a_new_version_with_crlf_of_a_file_without_edits(start: Start) -> None:
    project = start({"a.bat": body()})
    project.template.release({"a.bat": CRLF})
    assert project.told().actions == {"a.bat": "updated"}
    assert project.read("a.bat") == CRLF


def test_a_new_version_with_crlf_of_a_file_with_edits(start: Start) -> None:
    project = start({"a.bat": body()})
    project.edit({"a.bat": body({3: "mine"})})
    project.template.release({"a.bat": CRLF.replace("line 28", "theirs")})
    assert project.told().actions == {"a.bat": "merged"}
    assert project.read("a.bat") == body({3: "mine", 28: "theirs"}).replace("\n", "\r\n")


def test_mixed_line_endings_stay(start: Start) -> None:
    project = start({"a.txt": body()})
    mixed = body().replace("line 9\n", "line 9\r\n")
    project.edit({"a.txt": mixed})
    project.template.release({"a.txt": body({28: "theirs"})})
    project.told()
    assert project.read("a.txt") == mixed.replace("line 28", "theirs")


BOM = "\ufeff"


@pytest.mark.parametrize("mine", [True, False], ids=["mine", "theirs"])
def test_a_byte_order_mark(start: Start, mine: bool) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": (BOM if mine else "") + body({5: "mine"})})
    project.template.release({"a.txt": ("" if mine else BOM) + body({28: "theirs"})})
    project.told()
    assert project.read("a.txt") == BOM + body({5: "mine", 28: "theirs"})


def test_tabs_and_blanks_at_the_end_of_a_line(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "\tmine \t", 4: "line 4  "})})
    project.template.release({"a.txt": body({28: "theirs\t"})})
    project.told()
    assert project.read("a.txt") == body({3: "\tmine \t", 4: "line 4  ", 28: "theirs\t"})


def test_a_very_long_line(start: Start) -> None:
    project = start({"a.txt": body()})
    long = "mine " * 100_000
    project.edit({"a.txt": body({3: long})})
    project.template.release({"a.txt": body({28: "theirs"})})
    project.told()
    assert project.read("a.txt") == body({3: long, 28: "theirs"})
