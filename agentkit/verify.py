"""A user's command, run on the result of an update before the project has it."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from agentkit import git
from agentkit.errors import AgentkitError
from agentkit.objects import Objects
from agentkit.project import Project

STDERR = 2  # our own output stays what it is


def run(objects: Objects, commit: str, project: Project, command: str) -> None:
    """Run it in a work tree of this commit; raises AgentkitError when it fails."""
    with TemporaryDirectory(prefix="agentkit-verify-", ignore_cleanup_errors=True) as folder:
        place = Path(folder).resolve() / project.top.name
        git.check(project.top, "clone", "--quiet", "--shared", "--no-checkout", ".", str(place))
        with open(place / ".git/objects/info/alternates", "a", encoding="utf-8") as alternates:
            alternates.write(f"{objects.scratch / 'objects'}\n")
        git.check(place, "checkout", "--quiet", "--detach", commit)
        done = subprocess.run(
            command,
            shell=True,
            cwd=place / project.prefix,
            env=git.environment(),
            stdout=STDERR,
        )
    if done.returncode:
        what = f"`{command}` failed on the updated project, with exit code {done.returncode}"
        raise AgentkitError(what, str(project.path), "nothing was changed")
