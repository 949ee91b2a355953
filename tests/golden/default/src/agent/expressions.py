"""The one template language of the manifests: sandboxed Jinja over the outputs of earlier nodes."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """`plan.items` is the key "items" of plan, never the method dict.items."""
        if isinstance(obj, Mapping):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)


_ENV = _Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_template = lru_cache(1024)(_ENV.from_string)
_expression = lru_cache(1024)(lambda text: _ENV.compile_expression(text, undefined_to_none=False))


def render(text: str, scope: Mapping[str, Any]) -> str:
    """The text of a template. Raises `jinja2.TemplateError`."""
    return _template(text).render(scope).strip()


def evaluate(text: str, scope: Mapping[str, Any]) -> Any:
    """The value of an expression. Raises `jinja2.TemplateError`."""
    return _expression(text)(scope)


def names_in(text: str, *, expression: bool) -> set[str]:
    """The names that a template takes from its scope. Raises `TemplateSyntaxError`."""
    tree = _ENV.parse(f"{{{{ ({text}) }}}}" if expression else text)
    return meta.find_undeclared_variables(tree) - set(_ENV.globals)
