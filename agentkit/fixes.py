"""`agentkit check --fix`: what can be mended without asking is mended, one rule after the other."""

from collections.abc import Callable, Sequence

from agentkit import disk
from agentkit.check import Report
from agentkit.errors import AgentkitError
from agentkit.rules import Rule
from agentkit.rules.view import View

# What changes how a pipeline behaves, or deletes: --unsafe-fixes.
UNSAFE = ("AK-ACT001", "AK-ACT002", "AK-TPL004")


def apply(
    view: View, rules: Sequence[Rule], look: Callable[[View, Sequence[Rule]], Report], unsafe: bool
) -> list[str]:
    """Mend what these rules find, and return the files that were changed; raises AgentkitError.

    What is waived, or what a rule cannot mend, stays.
    """
    changed: dict[str, None] = {}
    for rule in rules:
        if rule.id in UNSAFE and not unsafe:
            continue
        now = View(view.root, view.today, view.options)
        if look(now, [rule]).open:
            changed |= dict.fromkeys(_write(now, rule))
    return sorted(changed)


def _write(view: View, rule: Rule) -> list[str]:
    made = rule.repair(view)
    todo = {p: text for p, text in made.items() if text is None or text != view.text(p)}
    for path, text in todo.items():
        place = view.root / path
        if place.is_symlink() or not place.parent.resolve().is_relative_to(view.root):
            raise AgentkitError("this leads out of the repository", str(place))
        with disk.telling(place):
            place.unlink() if text is None else disk.replace(place, text.encode())
    return list(todo)
