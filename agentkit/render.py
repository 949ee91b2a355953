"""render(template, answers) -> files: the only user of copier."""

import re
import shlex
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from agentkit import answers, native
from agentkit.errors import USAGE, AgentkitError
from agentkit.source import Template

CONFIGS = ("copier.yml", "copier.yaml")
UNSAFE = ("_tasks", "_migrations", "_jinja_extensions")


def render(template: Template, given: Mapping[str, Any], dst: Path) -> None:
    """Render the built-in template from complete answers into the empty folder `dst`."""
    native.render(answers.load(template.root), given, header(template), dst)


def header(template: Template) -> dict[str, str]:
    """What the answers file records of the template."""
    told = {"_commit": template.version, "_digest": template.digest, "_src_path": template.source}
    return {name: value for name, value in told.items() if value}


def render_foreign(
    template: Template, given: Mapping[str, Any], dst: Path, *, prompt: bool, trust: bool
) -> None:
    """Render any template with copier, which asks its own questions if `prompt`.

    Raises AgentkitError when the template runs code and is not trusted, or refuses an answer.
    """
    if (wanted := _code(template)) and not trust:
        what = "this template runs code of its own:\n    " + "\n    ".join(wanted)
        raise AgentkitError(what, template.source, "read it; then use --trust if you agree", USAGE)
    import copier
    from copier.errors import CopierError, UnsafeTemplateError

    trusted = [str(template.root)] if trust else []
    try:
        with warnings.catch_warnings(action="ignore"):
            copier.run_copy(
                str(template.root),
                dst,
                data=dict(given),
                settings=copier.Settings(trust=trusted),
                defaults=not prompt,
                overwrite=True,
                quiet=True,
            )
        _stamp(template, dst)
    except KeyboardInterrupt:  # copier's own kind of it is a CopierError too
        raise
    except UnsafeTemplateError as e:
        raise AgentkitError(str(e), template.source, "read it; then use --trust", USAGE) from e
    except (CopierError, yaml.YAMLError, OSError) as e:
        raise AgentkitError(f"copier failed: {e}", template.source) from e
    except (ValueError, TypeError) as e:  # copier's words for a missing or wrong answer
        raise AgentkitError(str(e), template.source, "give it with --data", USAGE) from e
    except Exception as e:  # Jinja, plumbum and pydantic errors: the template's own mistakes
        what = f"the template cannot be rendered: {type(e).__name__}: {e}"
        raise AgentkitError(what, template.source) from e


class _AnyTag(yaml.SafeLoader):
    """Reads copier.yml without following its !include tags."""


_AnyTag.add_multi_constructor("!", lambda loader, suffix, node: None)


def _code(template: Template) -> list[str]:
    """The code that a template would run. What is not found here, copier refuses in its words."""
    return [
        f"{key[1:]}: {command}"
        for settings in _settings(template)
        for key in UNSAFE
        for command in _commands(settings.get(key))
    ]


def _settings(template: Template) -> list[dict[str, Any]]:
    paths = map(template.root.joinpath, CONFIGS)
    text = next((path.read_bytes() for path in paths if path.is_file()), b"")
    try:
        documents = list(yaml.load_all(text, _AnyTag))
    except (yaml.YAMLError, RecursionError) as e:  # copier would print it, and in colour
        what = f"copier.yml does not parse: {' '.join(str(e).split())}"
        raise AgentkitError(what, template.source) from e
    found = [*chain.from_iterable(d if isinstance(d, list) else [d] for d in documents if d)]
    if not all(isinstance(settings, dict) for settings in found):
        raise AgentkitError("copier.yml holds no questions and settings", template.source)
    return found


def _commands(tasks: Any) -> Iterator[str]:
    """Each command of tasks or migrations, in all the ways that copier lets them be written."""
    for task in tasks if isinstance(tasks, list) else [tasks]:
        if isinstance(task, dict):
            yield from _commands([task.get("command")])
            yield from _commands(task.get("before"))
            yield from _commands(task.get("after"))
        elif task:
            yield shlex.join(map(str, task)) if isinstance(task, list) else str(task)


RECORD = re.compile(r"^_(?:src_path|commit):.*\n(?:[ \t]+.*\n)*", re.M)


def _stamp(template: Template, dst: Path) -> None:
    """Record where the template really came from, instead of the folder it was rendered from."""
    told = yaml.safe_dump(header(template), width=10_000, allow_unicode=True)
    for path in dst.rglob("*.y*ml"):
        if path.is_symlink() or not path.is_file():
            continue
        text = path.read_text("utf-8", errors="surrogateescape")
        if "_src_path:" in text and _source(text) == str(template.root):
            text = RECORD.sub(lambda found: told if "_src" in found[0] else "", text)
            path.write_text(text, "utf-8", errors="surrogateescape")


def _source(text: str) -> Any:
    with suppress(yaml.YAMLError, ValueError):
        recorded = yaml.safe_load(text)
        return recorded.get("_src_path") if isinstance(recorded, dict) else None
    return None
