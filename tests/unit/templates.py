"""Small copier templates of other people."""

import functools
import shutil
import tempfile
from pathlib import Path

from tests.unit.support import commit, write

ANSWERS = "{{ _copier_conf.answers_file }}.jinja"
SMALL = {
    "copier.yml": "who:\n  type: str\n  default: you\n",
    "greeting.txt.jinja": "Hello {{ who }}, 1\n",
    ANSWERS: "{{ _copier_answers|to_nice_yaml }}",
}


def folder(root: Path, **files: str) -> Path:
    """A template that is a plain folder: the small one, with these files."""
    return write(root, SMALL | files)


def repository(root: Path) -> Path:
    """A template with releases 1.0.0 and 2.0.0, a later prerelease, and an unreleased change.

    Its greeting tells which of them it is: 1, 2, 3rc or main.
    """
    return shutil.copytree(_built(), root, symlinks=True)


@functools.cache
def _built() -> Path:
    root = Path(tempfile.gettempdir(), "built")
    write(root, SMALL)
    commit(root, tag="v1.0.0")
    for tag, version in (("v2.0.0", "2"), ("v3.0.0rc1", "3rc"), ("nightly", "main")):
        write(root, {"greeting.txt.jinja": f"Hello {{{{ who }}}}, {version}\n"})
        commit(root, tag=tag)
    kept = root.parents[1] / "built"  # not among the temporary files, which a test may count
    return root.rename(kept)
