"""config/cli_profiles.yaml: options of `agent run` under a name. No overlay reaches it, since a
profile may say which environment it is for."""
# ruff: noqa: RUF012 (pydantic copies default values)

from pathlib import Path
from typing import Any, Literal

from agent.errors import ConfigError, ManifestError
from agent.manifests import parse
from agent.nodes import Id, Strict
from agent.schema_base import Manifest
from agent.settings import Settings
from agent.yaml_source import Source, unknown


class Profile(Strict):
    env: str | None = None
    config_dir: Path | None = None
    model_mode: Literal["auto", "offline", "live"] | None = None
    session: str | None = None
    format: Literal["text", "json"] | None = None
    stream: bool | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What it says of the settings of this process."""
        return self.model_dump(include={"env", "config_dir", "model_mode"})


class Profiles(Manifest):
    profiles: dict[Id, Profile] = {}


def find(config_dir: Path | None, name: str | None, **options: Any) -> Profile:
    """A profile under the options that are not None; an empty one without a name.

    Raises `ConfigError`."""
    folder = Settings.load(config_dir=config_dir).config_dir
    profile = named(folder, name) if name else Profile()
    given = {option: value for option, value in options.items() if value is not None}
    given |= {"config_dir": config_dir} if config_dir else {}
    return profile.model_copy(update=given)


def named(config_dir: Path, name: str) -> Profile:
    source = Source(config_dir / "cli_profiles.yaml", {"version": "0.0.0"}).read()
    if not source.problems:
        parse(Profiles, source.data, source.problem)
    if source.problems:
        raise ManifestError(source.problems)
    profiles = Profiles.model_validate(source.data).profiles
    if name not in profiles:
        where = source.path.as_posix()
        raise ConfigError(f"{where}: {unknown('profile', name, profiles)}")
    return profiles[name]
