"""The process that renders overlays of organisations; sandbox.py starts it, and reads what it left.

What their templates can do is bounded: they see the answers and no more, and this process has
limits. It leaves one JSON file for each job: {}, or what went wrong as {"what"} or {"limit"}.
"""

import errno
import json
import os
import pickle
import shutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agentkit import limits
from agentkit.errors import AgentkitError

SUFFIX = ".jinja"
ENVOPS = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}  # as the base


def main(place: Path) -> None:
    """Render what the request in `place` asks for."""
    request = pickle.loads((place / "request").read_bytes())  # noqa: S301  # the parent wrote it
    limits.impose(request["limits"])
    limits.leash(request["parent"])
    for number, job in enumerate(request["jobs"]):
        told = json.dumps(_told(job))
        (place / f"tmp/{number}").write_text(told, "utf-8")
        os.replace(place / f"tmp/{number}", place / f"{number}.json")


def _told(job: Mapping[str, Any]) -> dict[str, str]:
    """Render one job; returns what became of it."""
    root = Path(job["root"])
    try:
        _render(root, Path(job["dst"]), job["answers"])
        return {}
    except AgentkitError as e:
        return {"what": str(e)}
    except MemoryError:
        return {"limit": "memory"}
    except OSError as e:
        return {"limit": "file"} if e.errno == errno.EFBIG else {"what": f"{_at(e, root)}{e}"}
    except TemplateError as e:
        line = getattr(e, "lineno", None)
        at = f"{getattr(e, 'name', None) or 'a name'}:{line}: " if line else _at(e, root)
        return {"what": f"{at}{e.message}"}
    except Exception as e:  # whatever an expression can raise
        return {"what": f"{_at(e, root)}{type(e).__name__}: {e}"}


def _at(error: Exception, root: Path) -> str:
    """The file and the line of the overlay in which it happened, if it was in one."""
    steps = traceback.extract_tb(error.__traceback__)
    inside = [s for s in steps if s.filename.startswith(f"{root}/")]
    return "".join(f"{s.filename[len(str(root)) + 1 :]}:{s.lineno}: " for s in inside[-1:])


def _render(root: Path, dst: Path, answers: Mapping[str, Any]) -> None:
    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(root), undefined=StrictUndefined, autoescape=False, **ENVOPS
    )
    for source, path in _files(env, root, PurePosixPath(), answers):
        target = dst / path
        if os.path.lexists(target):
            raise AgentkitError("two files become this one", path.as_posix())
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.name.endswith(SUFFIX):
            template = env.get_template(source.relative_to(root).as_posix())
            target.write_bytes(template.render(answers).encode())
            shutil.copymode(source, target)
        else:
            shutil.copy(source, target)


def _files(
    env: ImmutableSandboxedEnvironment, folder: Path, at: PurePosixPath, answers: Mapping[str, Any]
) -> Iterator[tuple[Path, PurePosixPath]]:
    """Every file of an overlay with the path that its name renders to; none for an empty name."""
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        name = entry.name
        if "{" in name:
            name = env.from_string(name).render(answers)
        name = name.removesuffix(SUFFIX)
        if set(name) & {"/", "\\", "\0"} or name == ".." or (name == "." and not entry.is_dir()):
            what = f"this name renders to {name}, which is no name in its folder"
            raise AgentkitError(what, entry.name)
        if not name:
            continue
        if entry.is_dir():
            yield from _files(env, Path(entry.path), at / name, answers)
        else:
            yield Path(entry.path), at / name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
