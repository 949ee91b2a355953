"""The two verdicts beside rules: is the project behind its template, have managed files drifted?"""

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from agentkit import address, project, source
from agentkit.check import Verdict
from agentkit.errors import AgentkitError
from agentkit.orgfile import Org
from agentkit.project import Project

SHOWN = 5  # files that a verdict names


def some(
    root: Path,
    select: Collection[str],
    ignore: Collection[str],
    org: Org | None = None,
    *,
    verify: bool = False,
) -> tuple[Verdict, ...]:
    """Those that are wanted; none for what is no project of a template.

    A template that is on the network is asked with `verify` only.
    """
    makers: dict[str, Callable[..., Verdict]] = {
        "BEHIND": partial(behind, org=org),
        "DRIFT": drifted,
    }
    wanted = [name for name in makers if name not in ignore and (not select or name in select)]
    try:
        found = project.find(root) if wanted else None
    except AgentkitError:
        found = None
    return tuple(makers[name](found, network=verify) for name in wanted if found)


def behind(found: Project, *, org: Org | None = None, network: bool = False) -> Verdict:
    """How many releases of its channel the template is ahead. That is news, and fails nothing."""
    from agentkit import orgtemplate, releases  # here: most repositories are no projects

    try:
        released = orgtemplate.within(org, releases.of(found.source, network=network))
    except AgentkitError as e:
        return Verdict("BEHIND", True, f"not known: {e.what}")
    count = releases.behind(found.version, released)
    if count is None:
        return Verdict("BEHIND", True, f"not known: {found.version} is no release")
    newest = f"{released[-1]} is the newest: agentkit update"
    return Verdict("BEHIND", True, f"by {count} releases, {newest}" if count else "no")


def drifted(found: Project, *, network: bool = False) -> Verdict:
    """Which managed files are not what the template wrote."""
    if not network and found.source != source.BUILTIN and not address.local(found.source):
        return Verdict("DRIFT", True, "not known: --verify-render asks the template")
    from agentkit import drift, layers, recorded
    from agentkit.objects import quarantine

    try:
        if not network and not layers.at_hand(found):
            return Verdict("DRIFT", True, "not known: --verify-render asks the overlay")
        with (
            quarantine(found.top, found.git_dir) as objects,
            recorded.made(found, objects.scratch) as made,
        ):
            entries = drift.compare(objects, found, made).entries
    except AgentkitError as e:
        return Verdict("DRIFT", False, f"not known: {e.what}")
    bad = [f"{e.was or e.path} ({e.state})" for e in entries if e.drifts and e.owner == "managed"]
    if not bad:
        return Verdict("DRIFT", True, "no")
    more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    fix = "agentkit diff shows it, agentkit eject makes a file yours"
    return Verdict("DRIFT", False, f"{', '.join(bad[:SHOWN])}{more}: {fix}")
