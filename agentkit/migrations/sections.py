"""The sections of an entry. All of it happens at once, so a new name may not be an old one too."""

from collections.abc import Mapping
from itertools import permutations
from typing import Any

from agentkit.migrations import shapes
from agentkit.migrations.shapes import mapping, require

Parts = tuple[str, ...]
Names = Mapping[str, str]


def at_once(pairs: Mapping[str, tuple[Parts, Parts]], place: str) -> None:
    """Raises WrongShape when something would get a name that is renamed itself."""
    for (name, (_, new)), (other, (old, _)) in permutations(pairs.items(), 2):
        again = _within(new, old) or _within(old, new)
        require(not again, f"{place}: {name}", f"gets a name that {other} renames")


def _within(name: Parts, top: Parts) -> bool:
    """Is `name` the same as `top`, or something in it? A * stands for any one part."""
    pairs = zip(name, top, strict=False)
    return len(name) >= len(top) and all(a == b or "*" in (a, b) for a, b in pairs)


def move(value: Any, place: str) -> Names:
    found: Names = mapping(shapes.path, shapes.path)(value, place)
    for old, new in found.items():
        alike = old.endswith("/") == new.endswith("/")
        require(alike, f"{place}: {old}", "and its new place are not both folders: those end in /")
    at_once({old: (_folders(old), _folders(new)) for old, new in found.items()}, place)
    return found


def _folders(path: str) -> Parts:
    return tuple(path.removesuffix("/").split("/"))


def imports(value: Any, place: str) -> Names:
    found: Names = mapping(shapes.module, shapes.module)(value, place)
    for old, new in found.items():
        stays = "." in new or "." not in old
        require(stays, f"{place}: {old}", f'cannot leave its package: "{new}" has no dot')
    pairs = {old: (tuple(old.split(".")), tuple(new.split("."))) for old, new in found.items()}
    at_once(pairs, place)
    return found


def keys(value: Any, place: str) -> Mapping[str, Names]:
    names = mapping(shapes.key_path, shapes.key)
    found: Mapping[str, Names] = mapping(shapes.pattern, names)(value, place)
    for pattern, renamed in found.items():
        at_once({old: _key(renamed, old) for old in renamed}, f"{place}: {pattern}")
    return found


def _key(renamed: Names, old: str) -> tuple[Parts, Parts]:
    """A key's path before and after, when those above it have their new names too."""
    parts = old.split(".")
    above = (".".join(parts[:n]) for n in range(1, len(parts) + 1))
    new = (renamed.get(path, part) for path, part in zip(above, parts, strict=True))
    return tuple(parts), tuple(new)


def answers(entry: Mapping[str, Any]) -> None:
    """Raises WrongShape for a question that `split` and another section both speak of."""
    for name in entry["split"]:
        for other in ("rename", "map"):
            require(name not in entry[other], f"split: {name}", f"is in {other} too")


_answer = shapes.scalar_or_nothing
_several = shapes.scalars_or_nothing
SHAPES: Mapping[str, shapes.Check] = {
    "version": shapes.version,
    "why": shapes.sentence,
    "rename": mapping(shapes.question, shapes.question),
    "map": mapping(shapes.question, mapping(shapes.scalar, _answer)),
    "split": mapping(shapes.question, mapping(shapes.question, mapping(shapes.scalar, _several))),
    "move": move,
    "imports": imports,
    "keys": keys,
}


def checked(raw: Mapping[Any, Any]) -> dict[str, Any]:
    """Every section of one entry; raises WrongShape."""
    found = {name: check(raw.get(name), name) for name, check in SHAPES.items()}
    answers(found)
    return found
