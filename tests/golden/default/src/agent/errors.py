"""The errors that are the user's to mend: each says what is wrong, where, and what to do."""

from dataclasses import dataclass


class ConfigError(Exception):
    """The manifests, the environment or the command line ask for something impossible."""


class StoreError(ConfigError):
    """The store does not work now: it cannot be reached, is locked, or has no room."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in one manifest."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}"


class ManifestError(ConfigError):
    """Manifests that cannot be used; `problems` names every mistake in them."""

    def __init__(self, problems: list[Problem]):
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))
