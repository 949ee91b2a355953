"""What keeps the agent from starting, all of it in one message."""

from collections.abc import Callable

from agent import credentials, lock, remote, secrets
from agent.errors import ConfigError
from agent.manifests import Manifests
from agent.providers import Mode, choose_mode
from agent.settings import Settings, is_placeholder

Check = Callable[[], object]


def check(settings: Settings, manifests: Manifests, *more: Check) -> Mode:
    """The mode to run in. Raises `ConfigError` with every reason not to run at all."""
    modes: list[Mode] = []
    reasons = collect(
        *more,
        lambda: modes.append(choose_mode(settings, manifests.models)),
        lambda: check_agents(manifests),
        lambda: check_placeholders(manifests),
        lambda: credentials.check(manifests),
        lambda: remote.check(manifests.workflow),
        lambda: lock.require(manifests),
    )
    if len(reasons) > 1:
        reasons.insert(0, f"AGENT_ENV={settings.env} cannot start:")
    if reasons:
        raise ConfigError("\n- ".join(reasons))
    return modes[0]


def collect(*checks: Check) -> list[str]:
    """What each check refuses, told once."""
    found: dict[str, None] = {}
    for refuses in checks:
        try:
            refuses()
        except ConfigError as e:
            found[str(e)] = None
    return list(found)


def check_agents(manifests: Manifests) -> None:
    """Raises `ConfigError` where an agent names the offline model and this is production."""
    agents = manifests.agents.agents.items()
    named = [name for name, agent in agents if agent.model == "offline"]
    if named and manifests.environment == "production":
        names = " and ".join(named)
        raise ConfigError(f"production refuses the offline model: give {names} another `model`")


def check_placeholders(manifests: Manifests) -> None:
    """Raises `ConfigError` where a key is what a template writes there and this is production."""
    if manifests.environment == "production":
        names = {model.api_key_env for model in manifests.models.models.values()} - {None}
        held = {name: secrets.variable(name) for name in sorted(filter(None, names))}
        if named := [name for name, value in held.items() if value and is_placeholder(value)]:
            raise ConfigError(f"{' and '.join(named)}: a placeholder is no key")
