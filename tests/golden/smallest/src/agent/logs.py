"""Structured logs without secrets, and without what was said: one JSON object a line, or text.

What people and models say stays out: the text of an exception may quote it, and so do libraries
that debug. LOG_CONTENT=true lets the former in.
"""

import contextlib
import json
import logging
import os
import re
import sys
import traceback
from functools import lru_cache
from typing import Any

import structlog
from structlog.processors import (
    ExceptionRenderer,
    JSONRenderer,
    TimeStamper,
    add_log_level,
    format_exc_info,
)
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, Processor, WrappedLogger

from agent import features, secrets
from agent.settings import Settings

_SECRET_NAME = re.compile(r"(keys?|token|secrets?|passwords?|credentials?)$", re.IGNORECASE)
_SECRET_SHAPES = [
    r"\b(?:sk|pk|rk|ghp|gho|glpat|xox[abp])[-_][\w-]{16,}",  # API keys of well-known services
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\beyJ[\w-]+\.[\w-]+\.[\w-]+",  # JSON web tokens
    r"(?<=Bearer )[\w.~+/=-]+",
    r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)",  # user:password in a URL
]


@lru_cache(1024)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name))


def hide_secret_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {k: "[redacted]" if _is_secret(k) else v for k, v in event.items()}


def first_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Of what libraries say; asyncio and pydantic quote values in the lines after it."""
    return {**event, "event": event["event"].partition("\n")[0]}


_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    add_log_level,
    TimeStamper(fmt="iso", utc=True),
    hide_secret_fields,
]


class Stderr:
    """Where a line goes. One that cannot be written is lost, and fails no request."""

    @staticmethod
    def msg(line: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


def configure(level: str, *final: Processor) -> None:
    """Without the standard library's loggers, through which a line takes twice the time."""
    structlog.configure(
        [*_PROCESSORS, *final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: Stderr,
    )


log: FilteringBoundLogger = structlog.get_logger()


def setup(settings: Settings) -> None:
    """Make every log of this process, the libraries' too, a redacted line on stderr.

    What else watches the agent starts here as well.
    """
    features.start_all(settings)
    renderer: Processor = JSONRenderer()
    if (settings.log_format or ("console" if sys.stderr.isatty() else "json")) == "console":
        renderer = structlog.dev.ConsoleRenderer()
    told = ExceptionRenderer(trace)
    if settings.log_content:
        told = format_exc_info
    final: list[Processor] = [told, *features.processors, renderer, redactor(settings)]
    configure(settings.log_level, *final)
    handler = logging.StreamHandler(sys.stderr)
    final.insert(0, ProcessorFormatter.remove_processors_meta)
    foreign = [*_PROCESSORS, first_line]
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=foreign, processors=final))
    # Libraries log prompts when they debug, so that LOG_LEVEL is for the agent alone.
    ours = logging.Filter("agent")
    handler.addFilter(lambda line: line.levelno >= logging.WARNING or ours.filter(line))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("agent").setLevel(settings.log_level)
    logging.captureWarnings(True)


def trace(exc_info: ExcInfo) -> str:
    """Where it happened, and the kinds of exceptions, without their texts."""
    return "\n".join(_trace(exc_info[1], set()))


def _trace(error: BaseException | None, seen: set[int]) -> list[str]:
    if error is None or id(error) in seen:
        return []
    seen.add(id(error))
    lines = _trace(error.__cause__ or error.__context__, seen)
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        lines += _trace(inner, seen)
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return [*lines, f"Traceback (most recent call last):\n{frames}{kind}"]


def redactor(settings: Settings) -> Processor:
    """Blot out, in a finished line, the secrets of this process and whatever looks like a key."""
    held = {secret.get_secret_value() for secret in settings.api_keys.values()}
    held |= {value for name, value in os.environ.items() if _SECRET_NAME.search(name)}
    pattern, counted = pattern_of(held | secrets.known), len(secrets.known)

    def redact(_: WrappedLogger, __: str, line: Any) -> str:
        nonlocal pattern, counted
        if len(secrets.known) != counted:  # more of them were read meanwhile
            pattern, counted = pattern_of(held | secrets.known), len(secrets.known)
        return pattern.sub("[redacted]", str(line))

    return redact


def pattern_of(held: set[str]) -> re.Pattern[str]:
    held = held | {json.dumps(secret)[1:-1] for secret in held}
    known = sorted((re.escape(s) for s in held if len(s) >= 6), key=len, reverse=True)
    return re.compile("|".join([*known, *_SECRET_SHAPES]))


def log_event(event: dict[str, Any]) -> None:
    """An engine observer: runs at INFO, nodes at DEBUG, and never what was said."""
    kept = {k: v for k, v in event.items() if k not in ("event", "run_id", "output")}
    if event["event"] == "run_finished":
        log.info("run_finished", **kept)
    elif event["event"] == "node_finished":
        log.debug("node_finished", **kept)


configure("WARNING", ExceptionRenderer(trace), JSONRenderer())  # until `setup`
