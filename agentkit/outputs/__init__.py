"""What `agentkit check` prints: each module has `render`, from the report to a text.

`-o FORMAT` prints, `-o FORMAT:FILE` writes a file; several in one run.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit import disk
from agentkit.errors import USAGE, AgentkitError, did_you_mean

if TYPE_CHECKING:
    from agentkit.check import Report

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown", "badge")


@dataclass(frozen=True)
class Output:
    """One form, and the file that it goes to; none is stdout."""

    format: str
    file: Path | None = None


def parse(words: list[str]) -> list[Output]:
    """The outputs that are asked for; raises AgentkitError."""
    found = [_parse(word) for word in words] or [Output("text")]
    if sum(output.file is None for output in found) > 1:
        fix = "write one of them to a file, as in -o sarif:check.sarif"
        raise AgentkitError("two outputs would be mixed on stdout", fix=fix, code=USAGE)
    return found


def _parse(word: str) -> Output:
    format, colon, file = word.partition(":")
    if format not in FORMATS:
        fix = f"{did_you_mean(format, FORMATS)}there are: {', '.join(FORMATS)}"
        raise AgentkitError(f"there is no output {format}", fix=fix, code=USAGE)
    if colon and not file:
        raise AgentkitError(f"-o {word} names no file", fix=f"-o {format}:FILE", code=USAGE)
    return Output(format, Path(file) if file else None)


def render(report: "Report", output: Output) -> str:
    """The report in one form."""
    text: str = importlib.import_module(f"{__name__}.{output.format}").render(report)
    return text


def write(texts: list[str], outputs: list[Output]) -> str:
    """Write the files, and return what is to be printed; raises AgentkitError."""
    printed = ""
    for output, text in zip(outputs, texts, strict=True):
        if output.file is None:
            printed = text
            continue
        try:
            output.file.write_text(text, "utf-8")
        except OSError as e:
            what = f"this cannot be written: {e.strerror}"
            raise AgentkitError(what, str(output.file), disk.advice(str(e))) from e
    return printed
