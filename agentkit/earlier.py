"""The files that are the user's and that an older version of the template wrote, unedited since.

An update leaves them as they are. When another part takes them over, they come from that old
render: against what today's version would have written, they would look edited.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agentkit import answers, migrations, origin, recorded, render, sides, source
from agentkit.errors import AgentkitError
from agentkit.objects import Files, Objects
from agentkit.policy import Policy
from agentkit.project import Project
from agentkit.sides import Sides


def base(objects: Objects, project: Project, policy: Policy, found: Sides) -> Files:
    """The base of a merge, in which such a file is as the project has it."""
    wanted = {
        path for path in {*found.base, *found.theirs}
        if path in found.ours and found.ours[path] != found.base.get(path)
        and policy.taken_over(migrations.moved(policy.migrations, path))
    }  # fmt: skip
    return found.base | written(objects, project, {path: found.ours[path] for path in wanted})


def written(objects: Objects, project: Project, files: Files) -> Files:
    """Those of these files that an older version of the template wrote as they are."""
    known: Files = {}
    for old in _renders(objects, project) if files else ():
        known |= {path: file for path, file in files.items() if old.get(path) == file}
        if len(known) == len(files):
            break
    return known


def _renders(objects: Objects, project: Project) -> Iterator[Files]:
    """What the project's recorded versions and answers made, the latest first."""
    seen = [project.recorded]
    for told in origin.history(project):
        if told.get("_src_path") == source.BUILTIN and told not in seen:
            seen.append(told)
            yield _render(objects, project, told, len(seen))


def _render(objects: Objects, project: Project, told: Mapping[str, Any], number: int) -> Files:
    """One of them, as migrations since would have it; nothing where it cannot be had any more."""
    try:
        template = source.builtin(str(told.get("_commit")))
        filled = recorded.filled(answers.load(template.root), told)
    except AgentkitError:  # it only helps to tell what the user edited
        return {}
    folder = objects.scratch / f"earlier{number}" / project.path.name
    folder.mkdir(parents=True)
    render.render(template, filled, folder, project.answers_file)
    attributes = project.path / ".gitattributes"
    made = objects.add(folder, attributes if attributes.is_file() else None)
    newest = migrations.load(source.builtin(project.version).root)
    steps = migrations.between(newest, template.version, project.version)
    return sides.migrated(objects, made, steps)
