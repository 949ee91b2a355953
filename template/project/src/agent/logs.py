"""Structured logs without secrets: one JSON object a line, or text for people on a terminal."""

import json
import logging
import os
import re
import sys
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

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


_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    hide_secret_fields,
]
structlog.configure(
    [structlog.stdlib.filter_by_level, *_PROCESSORS, ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
log: structlog.stdlib.BoundLogger = structlog.get_logger("agent")


def setup(settings: Settings) -> None:
    """Send every log of this process, the libraries' too, through one redacting handler."""
    renderer: Processor = structlog.processors.JSONRenderer()
    if (settings.log_format or ("console" if sys.stderr.isatty() else "json")) == "console":
        plain = structlog.dev.plain_traceback  # the default one prints local variables
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=plain)
    final = [ProcessorFormatter.remove_processors_meta, renderer, redactor(settings)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=_PROCESSORS, processors=final))
    # Libraries log prompts when they debug, so that LOG_LEVEL is for the agent alone.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("agent").setLevel(settings.log_level)


def redactor(settings: Settings) -> Processor:
    """Blot out, in a finished line, the secrets of this process and whatever looks like a key."""
    secrets = {secret.get_secret_value() for secret in settings.api_keys.values()}
    secrets |= {value for name, value in os.environ.items() if _SECRET_NAME.search(name)}
    secrets |= {json.dumps(secret)[1:-1] for secret in secrets}
    known = sorted((re.escape(s) for s in secrets if len(s) >= 6), key=len, reverse=True)
    pattern = re.compile("|".join([*known, *_SECRET_SHAPES]))
    return lambda _, __, line: pattern.sub("[redacted]", str(line))


def log_event(event: dict[str, Any]) -> None:
    """An engine observer: runs at INFO, nodes at DEBUG, and never what was said."""
    kept = {k: v for k, v in event.items() if k not in ("event", "run_id", "output")}
    if event["event"] == "run_finished":
        log.info("run_finished", **kept)
    elif event["event"] == "node_finished":
        log.debug("node_finished", **kept)
