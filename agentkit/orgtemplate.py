"""The template of an organisation: where it is, and which of its versions count."""

from collections.abc import Sequence

from packaging.specifiers import SpecifierSet

from agentkit import releases, source, versions
from agentkit.errors import USAGE, AgentkitError
from agentkit.orgfile import Org


def url(org: Org | None, given: str) -> str:
    """The template to render: as given if the organisation allows it, else its own one.

    Empty is the built-in one. Raises AgentkitError for one that is not allowed.
    """
    if org is None:
        return given
    own = str(org.template.get("url", ""))
    allowed = [str(item) for item in org.template.get("allowed", ())]
    if given and allowed and given not in (*allowed, own):
        fix = f"allowed: {', '.join(allowed)}"
        where = org.at("template.allowed")
        raise AgentkitError(f"{org.name} does not allow the template {given}", where, fix, USAGE)
    return given or own


def within(org: Org | None, released: Sequence[str]) -> list[str]:
    """The versions that are in the organisation's channel, in their order."""
    channel = org.template.get("channel") if org else None
    if not channel:
        return list(released)
    wanted = SpecifierSet(channel)
    return [tag for tag in released if (v := versions.parse(tag)) and wanted.contains(v)]


def newest(org: Org | None, origin: str) -> str:
    """The newest version of a template in the channel; empty where there is no channel.

    Raises AgentkitError when there is none, or when the template cannot be reached.
    """
    if org is None or not org.template.get("channel"):
        return ""
    found = within(org, releases.of(origin or source.BUILTIN))
    if not found:
        what = f"the template has no version {org.template['channel']}"
        raise AgentkitError(what, org.at("template.channel"), code=USAGE)
    return found[-1]
