"""A user who ran a formatter still gets updates."""

import ast

import pytest

from tests.unit.three_way import conflicting, edited, merged

LAST = "def g( ):\n  return 1\n"
BASE = """\
import os

class A( object ):
    "it"
    # note
    def f( self ):
        return   1

    def g( self ): return 2

X = { 1:2 }
# end
"""
OURS = """\
import os


class A(object):
    "it"

    # note
    def f(self):
        return 1

    def g(self):
        return 2


X = {1: 2}
# end
"""


def test_what_we_formatted_stays_so() -> None:
    """The scenario user_reformatted."""
    base = "def f( a,b ):\n  return a+b\n" * 6
    ours = "def f(a, b):\n    return a + b\n\n\n" * 6
    result = conflicting("a.py", base, ours, base + LAST)
    assert result == f"{ours}{LAST}\n\n"


def test_a_class_is_formatted_piece_by_piece() -> None:
    theirs = edited(BASE, ("return 2", "return 3\n    def h( self ):\n        return 4"))
    theirs = edited(theirs, ("import os", "import sys\nimport os"))
    result = conflicting("a.py", BASE, OURS, theirs)
    assert result == edited(
        OURS,
        ("import os", "import sys\nimport os"),
        (
            "    def g(self):\n        return 2\n",
            "    def g( self ): return 3\n\n    def h( self ):\n        return 4\n",
        ),
    )
    assert ast.dump(ast.parse(result)) == ast.dump(ast.parse(theirs))


THEIRS = {
    "a-comment": edited(BASE, ("# note", "# another note")),
    "a-docstring": edited(BASE, ('"it"', '"""it\n\n    does.\n    """')),
    "a-name": edited(BASE, ("class A", "class B")),
    "a-base": edited(BASE, ("object", "dict")),
    "a-decorator": edited(BASE, ("    def f", "    @property\n    def f")),
    "a-removal": edited(BASE, ("X = { 1:2 }\n", "")),
    "the-end": edited(BASE, ("# end\n", "# the end\nY = 1; Z = 2\n")),
    "nothing-left": "# gone\n",
}


@pytest.mark.parametrize("theirs", THEIRS.values(), ids=THEIRS)
def test_the_result_means_what_theirs_means(theirs: str) -> None:
    result = merged("a.py", BASE, OURS, theirs)
    assert result is not None
    assert ast.dump(ast.parse(result)) == ast.dump(ast.parse(theirs))
    notes = [line.strip() for line in theirs.splitlines() if line.strip().startswith("#")]
    assert [n.strip() for n in result.splitlines() if n.strip().startswith("#")] == notes


def test_one_line_with_two_statements_is_taken_as_it_is() -> None:
    assert merged("a.py", "a=1; b=1\nc=1\n", "a = 1; b = 1\nc = 1\n", "a=1; b=1\nc=2\n") == (
        "a=1; b=1\nc=2\n"
    )


SAME = {
    "python": ("a.py", "a=1\nb=2\n", "a = 1\nb = 2\n", "2"),
    "json": ("a.json", '{"a": [1, 2]}', '{\n  "a": [\n    1,\n    2\n  ]\n}\n', "2"),
    "toml": ("a.toml", "a = [1,2]  # x\n", "a = [\n  1,\n  2,\n] # x\n", "2"),
    "yaml": ("a.yaml", "a: [1, 'b']\n# x\nc: 2\n", 'a:\n- 1\n- "b"\n\n#  x\nc: 2\n', "2"),
    "script": ("a.js", "if(a){ b( 'x' )}\n", "if (a) {\n  b('x')\n}\n", "x"),
}


@pytest.mark.parametrize(("path", "base", "formatted", "word"), SAME.values(), ids=SAME)
def test_a_change_survives_formatting(path: str, base: str, formatted: str, word: str) -> None:
    changed = edited(base, (word, "77"))
    assert merged(path, base, changed, formatted) == changed
    assert merged(path, base, formatted, changed) == {
        "a.py": "a = 1\nb=77\n",  # what changed comes as it is
        "a.js": changed,
    }.get(path, edited(formatted, (word, "77")))


def test_our_change_to_what_they_also_formatted_elsewhere() -> None:
    base = "a: [1]\nb: 1\nc: 1\nd: 1\ne: [2]\n"
    ours = edited(base, ("[1]", "[3]"))
    formatted = edited(base, ("[1]", "[ 1 ]"), ("[2]", "[ 2 ]"))
    assert conflicting("a.yaml", base, ours, formatted) == ours


def test_theirs_is_taken_when_our_formatting_has_no_place_for_it() -> None:
    theirs = "a:\n  - x\n  # more\n  - z\n"
    assert conflicting("a.yaml", "a: [x]\n", "a: [ x ]\n", theirs) == theirs


def test_the_indentation_of_a_docstring_is_formatting() -> None:
    base = 'def f():\n  """It.\n\n  Does.\n  """\nx=1\n'
    ours = 'def f():\n    """It.\n\n    Does.\n    """\n\n\nx = 1\n'
    assert merged("a.py", base, ours, edited(base, ("x=1", "x=2"))) == edited(
        ours, ("x = 1", "x=2")
    )


def test_a_class_with_another_head_keeps_our_formatting() -> None:
    result = merged("a.py", BASE, OURS, edited(BASE, ("object", "dict")))
    assert result == edited(OURS, ("class A(object):", "class A( dict ):"))


NOT_SAME = {
    "python-code": ("a.py", "a = 1\n", "a = 2\n"),
    "python-comment": ("a.py", "a = 1  # x\n", "a = 1\n"),
    "python-text": ("a.py", "a = 'x  y'\n", "a = 'x y'\n"),
    "quoted": ("a.js", "a('x  y')\n", "a('x y')\n"),
    "a-line-end-that-counts": ("a.js", "return\na\n", "return a\n"),
    "a-comment-that-swallows": ("a.js", "// x\na()\n", "// x a()\n"),
    "operators": ("a.js", "a + +b\n", "a ++b\n"),
    "indentation": ("a.mk", "a:\n\tb\n", "a:\n  b\n"),
    "prose": ("a.md", "a b\n", "a  b\n"),
    "selectors": ("a.css", "a .b {}\n", "a.b {}\n"),
}


@pytest.mark.parametrize(("path", "base", "ours"), NOT_SAME.values(), ids=NOT_SAME)
def test_more_than_formatting(path: str, base: str, ours: str) -> None:
    assert merged(path, base, ours, f"{base}more()\n") is None
