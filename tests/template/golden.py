"""`make golden`: write the golden projects anew, to be reviewed as a diff."""

import shutil

from tests.template import projects

KEPT = ("default", "smallest")


def main() -> None:
    """Replace tests/golden."""
    shutil.rmtree(projects.GOLDEN, ignore_errors=True)
    for name in KEPT:
        projects.make(projects.GOLDEN / name, projects.NAMED[name])


if __name__ == "__main__":
    main()
