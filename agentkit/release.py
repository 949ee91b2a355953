"""For the people who make agentkit: publish a template version, and pin what projects install.

`python -m agentkit.release snapshot 0.2.0` and `python -m agentkit.release pins`; both need a
checkout of this repository.
"""

import hashlib
import io
import json
import lzma
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from agentkit import answers, git, notes, render, source
from agentkit.errors import USAGE, AgentkitError
from agentkit.parts import NONE, offered

UV = ("uv", "pip", "compile", "--quiet", "--no-header", "--universal", "--python-version", "3.11")


def snapshot(version: str) -> Path:
    """Write the working tree's template as the immutable version `version`.

    Raises AgentkitError when the version was published before, or CHANGELOG.md says nothing of it.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise AgentkitError(f"{version!r} is no version", fix="write it as 1.2.3", code=USAGE)
    path = source.SNAPSHOTS / "index.json"
    released = source.index()
    if version in released:
        raise AgentkitError(
            f"version {version} is published, and never changes", fix="take the next"
        )
    archive = source.SNAPSHOTS / f"v{version}.tar.xz"
    content = pack(source.CHECKOUT)
    entry = {
        "file": archive.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "date": datetime.now(UTC).date().isoformat(),
        "notes": _section((source.CHECKOUT / "CHANGELOG.md").read_text("utf-8"), version),
    }
    source.SNAPSHOTS.mkdir(exist_ok=True)
    archive.write_bytes(content)
    path.write_text(json.dumps(released | {version: entry}, indent=2) + "\n", "utf-8")
    return archive


def pack(root: Path) -> bytes:
    """The template of a checkout as an archive: the same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in _tracked(root):
            content = (root / name).read_bytes()
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mode = 0o755 if (root / name).stat().st_mode & 0o100 else 0o644
            tar.addfile(info, io.BytesIO(content))
    return lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def _tracked(root: Path) -> list[str]:
    listed = git.check(root, "ls-files", "-z", "--", "copier.yml", "template")
    return sorted(filter(None, listed.split("\0")))


def _section(changelog: str, version: str) -> str:
    found = notes.sections(changelog).get(version)
    if not found or not found["notes"]:
        raise AgentkitError(f"CHANGELOG.md has no section on {version}", fix=f"add ## {version}")
    return found["notes"]


def pins() -> None:
    """Resolve every requirement that a project can have, together, and write template/pins.*.

    pins.jinja holds every package with the hashes of all platforms, and shows those in `wanted`;
    pins.yml says which ones the base, the developers' tools and each part need.
    """
    root = source.CHECKOUT
    catalog = yaml.safe_load((root / "template/parts.yml").read_text("utf-8"))
    base, dev = _base_requirements()
    parts = {
        f"{kind}.{key}": [*part.get("python", []), *_extra(part)]
        for kind, entries in catalog.items()
        for key, part in entries.items()
    }
    everything = _compile([*base, *dev, *chain(*parts.values())], "--generate-hashes")
    blocks = _blocks(everything)
    versions = "\n".join(line for line in everything.splitlines() if re.match(r"\w", line))
    fixed = re.sub(r" \\$", "", versions, flags=re.M)
    named = {
        name: set(_blocks(_compile([*base, *more], constraints=fixed)))
        for name, more in parts.items()
    }
    always = set(_blocks(_compile(base, constraints=fixed)))
    told: dict[str, Any] = {
        "base": sorted(always),
        "dev": sorted(_blocks(_compile(dev, constraints=fixed))),
        "parts": {name: sorted(found - always) for name, found in named.items() if found - always},
    }
    _write(root / "template", blocks, told)


def _write(template: Path, blocks: dict[str, str], told: dict[str, Any]) -> None:
    shown = [
        f"{{% if '{name}' in wanted %}}\n{block}{{% endif %}}\n" for name, block in blocks.items()
    ]
    (template / "pins.jinja").write_text("".join(shown), "utf-8")
    head = (
        "# Which packages of pins.jinja the base, the developers and each part need: `make pins`.\n"
    )
    text = yaml.safe_dump(told, default_flow_style=None, sort_keys=False, width=100)
    (template / "pins.yml").write_text(head + text, "utf-8")


def _extra(part: dict[str, Any]) -> list[str]:
    return [f"pydantic-ai-slim[{part['extra']}]"] if "extra" in part else []


def _base_requirements() -> tuple[list[str], list[str]]:
    """What a project without any optional part requires, and its developers."""
    template = source.builtin("dev")
    form = answers.load(template.root)
    found = offered()
    bare: dict[str, Any] = {"project_name": "bare"}
    for kind in filter(found.optional, found.kinds):
        bare[found.question(kind)] = [] if found.many(kind) else NONE
    filled = answers.fill(form, bare)
    with tempfile.TemporaryDirectory() as folder:
        render.render(template, filled, Path(folder))
        project = tomllib.loads(Path(folder, "pyproject.toml").read_text("utf-8"))
    return project["project"]["dependencies"], project["dependency-groups"]["dev"]


def _compile(requirements: Iterable[str], *options: str, constraints: str = "") -> str:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in.txt").write_text("\n".join(requirements))
        Path(folder, "constraints.txt").write_text(constraints)
        command = [*UV, "--no-annotate", *options, "-c", "constraints.txt", "in.txt"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise AgentkitError(f"uv pip compile failed: {done.stderr.strip()}")
    return done.stdout


def _blocks(compiled: str) -> dict[str, str]:
    """The lines of each package: its pin and its hashes; with two markers, both pins."""
    blocks: dict[str, str] = {}
    name = ""
    for line in compiled.splitlines():
        if found := re.match(r"[\w.-]+", line):
            name = found[0]
        blocks[name] = blocks.get(name, "") + line + "\n"
    return blocks


def main(arguments: list[str]) -> None:
    """Run one of the two commands."""
    match arguments:
        case ["snapshot", version]:
            print(f"wrote {snapshot(version).name}")
        case ["pins"]:
            pins()
        case _:
            raise AgentkitError("usage: agentkit.release snapshot VERSION | pins", code=USAGE)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except AgentkitError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.code)
