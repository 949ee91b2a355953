"""Templates that take too much: one clear sentence, soon, and nothing is written."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit import limits, render, source
from agentkit.errors import AgentkitError
from tests.unit import templates
from tests.unit.support import COMMAND, Ran, commit, write

Run = Callable[..., Ran]
FEW = 4.5  # seconds within which each of these ends


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets limits that are reached soon."""

    def lower(**most: float) -> None:
        monkeypatch.setattr(limits, "LIMITS", replace(limits.LIMITS, **most))  # type: ignore[arg-type]

    return lower


def refusal(root: Path, *more: Path, answers: dict[str, Any] | None = None) -> str:
    """What is said of a template, or of several at once, each at its time."""
    started = time.monotonic()
    with pytest.raises(AgentkitError) as caught:
        jobs = [
            render.Job(source.Template(folder, str(folder), ""), answers or {}, Path(f"it{n}"))
            for n, folder in enumerate((root, *more))
        ]
        render.render_foreign(jobs, prompt=False, trust=False)
    assert time.monotonic() - started < FEW
    assert caught.value.where in map(str, (root, *more))
    return caught.value.what


LOOPS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {x: 1}\n" + "".join(
    f"{new}: &{new} {{<<: [{', '.join([f'*{old}'] * 9)}]}}\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
CPU = "needs more than 1 s of processor time"
MEMORY = "needs more than 400 MB of memory"
BOMBS: dict[str, tuple[dict[str, str], str]] = {
    "loops": ({"a.txt.jinja": LOOPS}, CPU),
    "loops-in-a-name": ({LOOPS: ""}, CPU),
    "loops-in-a-question": ({"copier.yml": f"who: {{type: str, default: '{LOOPS}'}}"}, CPU),
    "loops-in-a-pattern": ({"copier.yml": f"_skip_if_exists: ['{LOOPS}']"}, CPU),
    "power": ({"a.txt.jinja": "{{ 7 ** (7 ** 9) }}"}, CPU),
    "backtracking": ({"a.txt.jinja": "{{ ('a' * 40) | regex_search('(a+)+$b') }}"}, CPU),
    "text": ({"a.txt.jinja": "{{ 'x' * 10 ** 10 }}"}, MEMORY),
    "list": ({"a.txt.jinja": "{{ ([1] * 10 ** 9) | length }}"}, MEMORY),
    "padding": ({"a.txt.jinja": "{{ 'x' | center(10 ** 9) }}"}, MEMORY),
    "text-in-a-question": ({"copier.yml": "who: {default: \"{{ 'x' * 10 ** 9 }}\"}"}, MEMORY),
    "range": ({"a.txt.jinja": "{% for a in range(10 ** 9) %}{% endfor %}"}, "Range too big"),
    "file": ({"a.txt.jinja": "{{ 'x' * 9 * 10 ** 6 }}"}, "renders a file of more than 5 MB"),
    "files": ({"{% yield n from range(999) %}{{ n }}{% endyield %}": ""}, "more than 50 files"),
    "folders": ({"{% yield n from range(99) %}{{ n }}{% endyield %}/a/b": ""}, "50 files"),
    "bytes": ({f"{n}.txt.jinja": "{{ 'x' * 4 * 10 ** 6 }}" for n in range(6)}, "more than 20 MB"),
    "aliases": ({"copier.yml": ALIASES}, "copier.yml stands for too many values"),
    "merges": ({"copier.yml": MERGES}, "copier.yml stands for too many values"),
    "tasks": ({"copier.yml": f"{ALIASES}_tasks: *i"}, "copier.yml stands for too many values"),
    "deep": ({"copier.yml": "a: " + "[" * 99_999}, "too deep in each other"),
    "holds-itself": ({"copier.yml": "a: &a [*a]"}, "has an alias of nothing, or of what it"),
    "long-settings": ({"copier.yml": f"# {'x' * 2**20}"}, "copier.yml has more than 1 MB"),
    "included": ({"copier.yml": "--- !include b.yml", "b.yml": ALIASES}, "too many values"),
    "includes-itself": ({"copier.yml": "--- !include copier.yml"}, "includes too many files"),
    "includes-all": (
        {"copier.yml": "--- !include '**/*.yml'", "b.yml": "--- !include '**/*.yml'"},
        "includes too many files",
    ),
    "answers": (
        {"{{ _copier_conf.answers_file }}.jinja": f"_src_path: x\n{ALIASES}"},
        "stands for too many values",
    ),
}


@pytest.mark.parametrize(("files", "words"), BOMBS.values(), ids=BOMBS)
def test_bombs(low: Callable[..., None], tmp_path: Path, files: dict[str, str], words: str) -> None:
    low(cpu=1, memory=400 << 20, file=5 << 20, files=50, total=20 << 20)
    root = write(tmp_path / "template", {"plain.txt": "x", **files})
    assert words in refusal(root)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("bomb", ["loops", "text"])
def test_one_of_two(low: Callable[..., None], tmp_path: Path, bomb: str, place: int) -> None:
    low(cpu=1, memory=400 << 20)
    both = [templates.folder(tmp_path / "good"), write(tmp_path / "bad", BOMBS[bomb][0])]
    assert BOMBS[bomb][1] in refusal(*both[:: 1 if place else -1])


def test_a_template_that_only_waits(low: Callable[..., None], tmp_path: Path) -> None:
    """A file that never ends, as a folder shared over a network can hold one."""
    low(wall=1.0)
    root = templates.folder(tmp_path / "template")
    os.mkfifo(root / "pipe.txt")
    assert refusal(root) == "the template needs more than 1 s"


def test_the_command_says_it_in_a_sentence(
    agentkit: Run, low: Callable[..., None], tmp_path: Path, work: Path
) -> None:
    low(cpu=1)
    root = write(tmp_path / "template", {"a.txt.jinja": LOOPS})
    ran = agentkit("new", "it", "--template", str(root), "--defaults")
    wanted = (
        f"error: {root}: the template needs more than 1 s of processor time\n  tell its author\n"
    )
    assert (ran.code, ran.out, ran.err) == (1, "", wanted)
    assert not [*work.iterdir()]
    assert not [*(tmp_path / "tmp").iterdir()]


@pytest.mark.parametrize("kind", ["given", "recorded", "nested"])
def test_answers_have_a_length(tmp_path: Path, kind: str) -> None:
    template = source.Template(templates.folder(tmp_path / "template"), "there", "")
    for length, fits in ((64 << 10, True), ((64 << 10) + 1, False)):
        text = "x" * (length - 10 * (kind == "nested"))
        answers: dict[str, Any] = {
            "who": {"a": ["é" * (length // 2)]} if kind == "nested" else text
        }
        recorded = answers if kind == "recorded" else None
        job = render.Job(template, {} if recorded else answers, tmp_path / str(length), recorded)
        if fits and kind != "nested":
            (done,) = render.render_foreign([job], prompt=False, trust=False)
            assert done.answers == answers
        else:
            with pytest.raises(AgentkitError, match="an answer has at most 64 KB") as caught:
                render.render_foreign([job], prompt=False, trust=False)
            assert (caught.value.where, caught.value.code) == ("who", 2)


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGKILL", -9)])
def test_it_ends_with_the_command(tmp_path: Path, work: Path, name: str, code: int) -> None:
    root = write(tmp_path / "template", {"a.txt.jinja": LOOPS})
    commit(root, tag="v1")
    command = [*COMMAND, "new", "it", "--template", str(root), "--defaults"]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 20
    while not (children := [p for p in processes(run.pid) if "agentkit.child" in p[1]]):
        assert time.monotonic() < until
        os.sched_yield()
    run.send_signal(getattr(signal, name))
    said = run.communicate(timeout=10)[1]
    assert (run.returncode, "Traceback" in said) == (code, False)
    while Path(f"/proc/{children[0][0]}").exists():
        assert time.monotonic() < until
        os.sched_yield()
    if code == 130:
        assert said == "agentkit: interrupted; nothing half-done was left\n"
        assert not [*work.iterdir(), *(tmp_path / "tmp").iterdir()]


def processes(parent: int) -> list[tuple[int, str]]:
    """The children of a process, with their commands."""
    done = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True)
    rows = [line.split(None, 2) for line in done.stdout.splitlines()]
    return [(int(pid), args) for pid, of, args in rows if int(of) == parent]
