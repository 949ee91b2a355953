"""Kills spread over everything that a run does."""

from collections.abc import Iterator

from tests.update.killing import SIGNALS, Kill

DELAYS = ("0.0005", "0.001", "0.002", "0.003", "0.005", "0.008")  # a git takes about as long


def moments(counted: dict[str, int], points: int) -> Iterator[Kill]:
    """About so many kills, of the numbers that a whole run counted."""
    calls = [
        Kill("call", n, how, delay)
        for n in range(1, counted["calls"] + 1)
        for how, delay in (("alone", ""), *((h, d) for d in DELAYS for h in ("both", "git")))
    ]
    files = [
        Kill("file", n, how) for n in range(1, counted["files"] + 1) for how in ("both", "git")
    ]
    for kills in (events(counted, "both"), calls, files):
        yield from spread(kills, points // 3)


def interrupts(counted: dict[str, int], points: int) -> Iterator[Kill]:
    """The same with signals that can be handled."""
    numbers = range(1, counted["calls"] + 1)
    calls = [Kill("call", n, how, d) for n in numbers for d in DELAYS for how in SIGNALS]
    every = [kill for how in SIGNALS for kill in events(counted, how)]
    for kills in (every, calls):
        yield from spread(kills, points // 2)


def events(counted: dict[str, int], how: str) -> list[Kill]:
    return [Kill("event", n, how) for n in range(1, counted["events"] + 1)]


def spread(kills: list[Kill], points: int) -> Iterator[Kill]:
    number = min(len(kills), points)
    return (kills[n * len(kills) // number] for n in range(number))
