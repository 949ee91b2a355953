"""Structured logs without secrets, and without what was said: one JSON object a line, or text.

What people and models say stays out: the text of an exception may quote it, and so do libraries
that debug. LOG_CONTENT=true lets the former in.
"""

import json
import logging
import os
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

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


def hide_secret_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {k: "[redacted]" if _SECRET_NAME.search(k) else v for k, v in event.items()}


def first_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Of what libraries say; asyncio and pydantic quote values in the lines after it."""
    return {**event, "event": event["event"].partition("\n")[0]}


_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_secret_fields,
]
structlog.configure(
    [structlog.stdlib.filter_by_level, *_PROCESSORS, ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
log: structlog.stdlib.BoundLogger = structlog.get_logger("agent")


def setup(settings: Settings) -> None:
    """Send every log of this process, the libraries' too, through one redacting handler.

    What else watches the agent starts here as well.
    """
    features.start_all(settings)
    renderer: Processor = structlog.processors.JSONRenderer()
    if (settings.log_format or ("console" if sys.stderr.isatty() else "json")) == "console":
        renderer = structlog.dev.ConsoleRenderer()
    told = structlog.processors.ExceptionRenderer(trace)
    if settings.log_content:
        told = structlog.processors.format_exc_info
    final: list[Processor] = [ProcessorFormatter.remove_processors_meta, told]
    final += [*features.processors, renderer]
    handler = logging.StreamHandler(sys.stderr)
    foreign = [*_PROCESSORS, first_line]
    final.append(redactor(settings))
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
