"""render(template, answers) -> files: the only user of copier."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from agentkit import answers, native
from agentkit.errors import USAGE, AgentkitError
from agentkit.source import Template

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
    if not trust and (wanted := _needs_trust(template.root)):
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
    except UnsafeTemplateError as e:
        raise AgentkitError(str(e), template.source, "read it; then use --trust", USAGE) from e
    except (ValueError, TypeError) as e:  # copier's words for a missing or wrong answer
        raise AgentkitError(str(e), template.source, "give it with --data", USAGE) from e
    except (CopierError, yaml.YAMLError, OSError) as e:
        raise AgentkitError(f"copier failed: {e}", template.source) from e
    except KeyboardInterrupt:
        raise
    except Exception as e:  # Jinja, plumbum and pydantic errors: the template's own mistakes
        what = f"the template cannot be rendered: {type(e).__name__}: {e}"
        raise AgentkitError(what, template.source) from e
    _stamp(template, dst)


class _AnyTag(yaml.SafeLoader):
    """Reads copier.yml without following its !include tags."""


_AnyTag.add_multi_constructor("!", lambda loader, suffix, node: None)


def _needs_trust(root: Path) -> list[str]:
    for name in ("copier.yml", "copier.yaml"):
        if (root / name).is_file():
            settings: dict[str, Any] = {}
            for document in yaml.load_all((root / name).read_text("utf-8"), _AnyTag):
                settings |= document or {}
            return [f"{key[1:]}: {item}" for key in UNSAFE for item in settings.get(key) or []]
    return []


def _stamp(template: Template, dst: Path) -> None:
    """Record where the template really came from, instead of the folder it was rendered from."""
    for path in dst.rglob("*.y*ml"):
        if not path.is_file() or f"_src_path: {template.root}" not in (text := path.read_text()):
            continue
        lines = [line for line in text.splitlines() if not line.startswith("_commit:")]
        place = lines.index(f"_src_path: {template.root}")
        lines[place : place + 1] = [f"{key}: {value}" for key, value in header(template).items()]
        path.write_text("\n".join(lines) + "\n")
