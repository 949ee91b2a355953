"""Tell a change of formatting from a change of meaning, where nothing tells it better."""

import re

from agentkit.structure import python_text

# Languages in which words and their order count, and spaces only where WORD keeps them.
FREE = {
    *(".c", ".cc", ".cpp", ".cs", ".dart", ".h", ".hpp"),
    *(".java", ".js", ".mjs", ".proto", ".ts"),
}
WORD = re.compile(
    r""""(?:\\.|[^"\\\n])*+"?|'(?:\\.|[^'\\\n])*+'?|`(?:\\.|[^`\\])*+`?"""  # what is quoted
    r"""|(?://|\#)[^\n]*|\b(?:return|break|continue)[ \t]*\n"""  # what the end of a line ends
    r"""|\w+|[-+<>=&|]+|\S"""
)


def merge(suffix: str, base: str, ours: str, theirs: str) -> str | None:
    """The side that changed more than formatting, if the other did not; else None.

    Of Python, what did not change is as ours has formatted it.
    """
    if suffix in (".py", ".pyi"):
        return python_text.merge(base, ours, theirs)
    if suffix not in FREE:
        return None
    was, here, there = (WORD.findall(text) for text in (base, ours, theirs))
    if there == was:
        return ours
    return theirs if here == was else None
