"""The validator for scripts that want a list rather than an exception."""

from pathlib import Path

from agent.engine import Engine
from agent.errors import ConfigError, ManifestError
from agent.manifests import load


class SchemaValidator:
    def validate_all(self, what: Engine | Path | str) -> list[str]:
        """Every mistake in a folder of manifests, or in the one that an engine was made from."""
        try:
            if isinstance(what, Engine):
                load(what.manifests.folder, what.manifests.environment)
            else:
                load(what)
        except ManifestError as e:
            return [str(problem) for problem in e.problems]
        except ConfigError as e:
            return [str(e)]
        return []
