"""Makes a copy of a template tell where it is from, as one tells that copier cloned itself.

copier renders our copy as a plain folder, and would record that folder, without a version. So each
template in it that speaks of its source is given one statement more, in front of its first line.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ANSWERS = re.compile(
    rb"_copier_answers|\b(?:include|import|extends)\b"
)  # or a part that it takes in
HASH = re.compile(rb"vcs_ref_hash")


def stamp(root: Path, settings: Mapping[str, Any], header: Mapping[str, str], commit: str) -> None:
    """Write the `header` of the answers file into the templates in `root`, a copy of our own."""
    options = settings.get("_envops")
    options = options if isinstance(options, dict) else {}
    begin, end = options.get("block_start_string", "{%"), options.get("block_end_string", "%}")
    gap = "\n" if options.get("trim_blocks") else ""  # so that the first line stays one
    if options.get("line_statement_prefix") and not gap:
        return
    for path in _templates(root, settings):
        content = path.read_bytes()
        records = "answers" in path.name or path.name == settings.get("_answers_file")
        told = {k: v for k, v in header.items() if k != "_digest" or records}
        words = [*_answers(told)] if ANSWERS.search(content) else []
        words += [*_hash(commit)] if HASH.search(content) else []
        if words and _is_text(content):
            front = "".join(f"{begin} {word} {end}" for word in words) + gap
            path.write_bytes(front.encode() + content)


def _templates(root: Path, settings: Mapping[str, Any]) -> Iterator[Path]:
    suffix = settings.get("_templates_suffix")
    suffix = ".jinja" if suffix is None else str(suffix)
    for path in root.rglob("*"):
        if path.name.endswith(suffix) and path.is_file() and not path.is_symlink():
            yield path


def _is_text(content: bytes) -> bool:
    try:
        return bool(content.decode())
    except UnicodeDecodeError:
        return False


def _answers(header: Mapping[str, str]) -> Iterator[str]:
    told = ", ".join(f"{_quoted(k)}: {_quoted(v)}" for k, v in header.items())
    yield "if _copier_answers is defined"
    yield f"set _copier_answers = dict(dict({{{told}}}, **_copier_answers), **{{{told}}})"
    yield "endif"


def _hash(commit: str) -> Iterator[str]:
    yield "if _copier_conf is defined"
    yield f"set _copier_conf = dict(_copier_conf, vcs_ref_hash={_quoted(commit)})"
    yield "endif"


def _quoted(text: str) -> str:
    """A literal of Jinja, which reads escapes as Python does."""
    return json.dumps(text, ensure_ascii=False).encode("ascii", "backslashreplace").decode()
