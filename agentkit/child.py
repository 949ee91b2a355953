"""The process that renders templates of others; sandbox.py starts it, and reads what it leaves.

The only user of copier. It leaves one JSON file for each job: {"yours", "lost"}, or what went wrong
as {"what", "fix", "usage"} or {"limit"}.
"""

import errno
import json
import os
import pickle
import signal
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentkit import limits, patterns
from agentkit.errors import INTERRUPTED

Job = Mapping[str, Any]
Row = Sequence[tuple[int, Job]]


def main(place: Path) -> None:
    """Render what the request in `place` asks for, on all processors."""
    request = pickle.loads((place / "request").read_bytes())  # noqa: S301  # the parent wrote it
    if request["limits"]:
        limits.impose(request["limits"])
    limits.leash(request["parent"])
    import copier  # before the fork: once for all

    _compile_once()
    jobs = [*enumerate(request["jobs"])]
    width = min(len(jobs), os.cpu_count() or 1) if sys.platform == "linux" else 1
    rows = [jobs[n::width] for n in range(width)]
    mine = rows.pop((len(jobs) - 1) % width)  # the last job, which may ask
    own, others = os.getpid(), list[int]()
    try:
        for row in rows:
            others.append(os.fork() or _apart(copier, place, row, own))
        _row(copier, place, mine)
        while others:
            _, status = os.waitpid(others[-1], 0)
            others.pop()
            if code := os.waitstatus_to_exitcode(status):
                _end_as(code)
    finally:
        for process in others:
            os.kill(process, signal.SIGKILL)


def _compile_once() -> None:
    """Let Jinja keep what it compiled: copier has the same few names compiled for every file."""
    from jinja2 import Environment, Template

    compiled = Environment.from_string

    def from_string(self: Environment, source: Any, *more: Any, **named: Any) -> Template:
        if more or named or not isinstance(source, str):
            return compiled(self, source, *more, **named)
        kept: dict[str, Template] = self.__dict__.setdefault("_kept", {})
        if source in kept:
            self.preprocess(source)  # copier's {% yield %} starts anew there
        else:
            kept[source] = compiled(self, source)
        return kept[source]

    Environment.from_string = from_string  # type: ignore[method-assign]


def _apart(copier: Any, place: Path, row: Row, parent: int) -> int:
    """Render in a process of its own, and end."""
    try:
        limits.leash(parent)
        _row(copier, place, row)
        os._exit(0)
    except BaseException as e:
        _die(e)
    return 0


def _die(error: BaseException) -> None:
    if not isinstance(error, KeyboardInterrupt):
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    os._exit(INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1)


def _end_as(code: int) -> None:
    """End as another process did, so that the reason is not lost."""
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(code)


def _row(copier: Any, place: Path, row: Row) -> None:
    for number, job in row:
        told = json.dumps(_told(copier, job))
        (place / "tmp").mkdir(exist_ok=True)
        (place / f"tmp/{number}").write_text(told, "utf-8")
        os.replace(place / f"tmp/{number}", place / f"{number}.json")


def _told(copier: Any, job: Job) -> dict[str, Any]:
    """Render one job; returns what became of it."""
    from copier import errors
    from yaml import YAMLError

    try:
        with warnings.catch_warnings(action="ignore"):
            _render(copier, job)
            return dict(patterns.yours(job))
    except KeyboardInterrupt:  # copier's own kind of it is a CopierError too
        raise
    except errors.UnsafeTemplateError as e:
        return {"what": str(e), "fix": "read it; then use --trust", "usage": True}
    except MemoryError:
        return {"limit": "memory"}
    except (errors.CopierError, YAMLError, OSError) as e:
        too_large = isinstance(e, OSError) and e.errno == errno.EFBIG
        words = f"copier failed: {_place(e, job)}{_words(e, job)}"
        return {"limit": "file"} if too_large else {"what": words}
    except (ValueError, TypeError) as e:  # copier's words for a missing or wrong answer
        if not isinstance(e, UnicodeError):
            return {"what": _words(e, job), "fix": "give it with --data", "usage": True}
        return {"what": f"the template is not in UTF-8: {_words(e, job)}"}
    except Exception as e:  # Jinja, plumbum and pydantic errors: the template's own mistakes
        words = f"{_place(e, job)}{type(e).__name__}: {_words(e, job)}"
        return {"what": f"the template cannot be rendered: {words}"}


def _place(error: Exception, job: Job) -> str:
    """The file and the line of the template in which it happened, if it was in one."""
    steps = traceback.extract_tb(error.__traceback__)
    inside = [s for s in steps if s.filename.startswith(f"{job['root']}/")]
    return "".join(f"{s.filename}:{s.lineno}: " for s in inside[-1:]).replace(f"{job['root']}/", "")


def _words(error: Exception, job: Job) -> str:
    return str(error).split("\n\n")[0].replace(f"{job['root']}/", "")


def _render(copier: Any, job: Job) -> None:
    dst = Path(job["dst"])
    options = {
        "data": {**job["header"], **job["answers"]},
        "settings": copier.Settings(trust=[job["root"]] if job["trusted"] else []),
        "answers_file": job["answers_file"] or None,
        "skip_tasks": job["update"],
        "defaults": not job["prompt"],
        "overwrite": True,
        "quiet": True,
    }
    if job["recorded"] is None:
        copier.run_copy(job["root"], dst, **options)
    else:
        _again(copier, job, dst, options)
    if source := job["header"].get("_src_path"):
        _rename(dst, job["root"], source)


def _again(copier: Any, job: Job, dst: Path, options: dict[str, Any]) -> None:
    """Render from recorded answers: those that are not allowed any more have their defaults."""
    import yaml

    seed = dst / job["answers_file"]
    seed.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({"_seed": True, **job["recorded"], "_src_path": job["root"]})
    seed.write_text(text, "utf-8")
    copier.run_recopy(dst, skip_answered=job["prompt"], **options)
    if seed.read_text("utf-8", errors="replace") == text:  # the template writes no answers file
        seed.unlink()


def _rename(dst: Path, root: str, source: str) -> None:
    """Leave the name of the folder that was rendered from in no file."""
    old, new = (text.encode("utf-8", "surrogateescape") for text in (root, source))
    for path in dst.rglob("*"):
        if path.is_file() and not path.is_symlink() and old in (content := path.read_bytes()):
            path.write_bytes(content.replace(old, new))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except BaseException as e:
        _die(e)
