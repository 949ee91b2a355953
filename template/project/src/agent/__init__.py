"""An LLM agent service whose behaviour lives in config/.

>>> from agent import Engine
>>> print(Engine.from_config_dir("config").run("What is 6 * 7?").output)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.engine import Engine

__all__ = ["Engine", "__version__"]
__version__ = "0.3.0"  # of this runtime; the version of your project is in pyproject.toml


def __getattr__(name: str) -> Any:
    """Import the engine, and the libraries under it, only when somebody asks for it."""
    if name == "Engine":
        from agent.engine import Engine

        return Engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
