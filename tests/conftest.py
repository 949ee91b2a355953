"""Generated cases are the same in every run: what fails in CI fails on your machine too.

`pytest --hypothesis-profile=default` looks for new ones.
"""

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.load_profile("same")
