"""Generated cases are the same in every run: what fails in CI fails on your machine too.

`pytest --hypothesis-profile=default` looks for new ones.
"""

from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("same", derandomize=True)
settings.load_profile("same")


class OneInstallation(LoadScopeScheduling):  # type: ignore[misc]
    """The tests of a file of tests/e2e share what they install, so that one worker runs them."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if nodeid.startswith("tests/e2e/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneInstallation:
    return OneInstallation(config, log)
