"""`agentkit org test`: the cases of a platform team, tried on its org file.

They are tables [[test]] of a file beside it: answers or files, and what is to come of them.
"""

import contextlib
import io
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from agentkit import check, disk, git, new, orgfile, orglint, orgpolicy
from agentkit.errors import AgentkitError
from agentkit.orgcases import Case, beside, read
from agentkit.orgfile import Org
from agentkit.rules.declared import Declared
from agentkit.rules.view import View

PROJECT = "my-agent"


@dataclass(frozen=True)
class Tried:
    """A case, and in what it is not as it says."""

    case: Case
    problems: tuple[str, ...]


def run(path: Path) -> tuple[list[Tried], list[str]]:
    """Try every case, and say which own rules no case keeps or breaks; raises AgentkitError.

    Without a file of cases, each value that the org file locks or allows is one.
    """
    path = path / orgfile.NAME if path.is_dir() else path
    org = orgfile.load(path)
    given = read(beside(path))
    with _found(org, path) as source:
        tried = [
            Tried(case, tuple(_problems(org, source, path.parent, case)))
            for case in given or _usual(org)
        ]
    return tried, list(_untested(org, given))


@contextlib.contextmanager
def _found(org: Org, path: Path) -> Iterator[Path]:
    """Where `agentkit new` finds it as it is now: with an overlay it must be a repository."""
    if org.overlay is None:
        yield path
        return
    with TemporaryDirectory(prefix="agentkit-", ignore_cleanup_errors=True) as scratch:
        shutil.copy(path, Path(scratch, orgfile.NAME))
        with disk.telling(path):
            whole = Path(scratch, org.overlay.path)
            shutil.copytree(path.parent / org.overlay.path, whole, symlinks=True)
        git.commit_everything(Path(scratch), "As it is now")
        yield Path(scratch)


def _usual(org: Org) -> list[Case]:
    """A new project, and one for each value that the org file allows."""
    told = org.answers
    needed = {name: "x" for name in told.required if name not in {*told.locked, *told.allowed}}
    needed |= {question.name: orglint.sample(org, question) for question in org.questions}
    cases = [Case("a new project", needed)]
    for name, values in told.allowed.items():
        if name not in told.locked:
            cases += [Case(f"a new project with {name} {v}", needed | {name: v}) for v in values]
    return cases


def _untested(org: Org, cases: Sequence[Case]) -> Iterator[str]:
    held = {name for case in cases for name in case.holds}
    fired = {name for case in cases for name in (*case.fires, *case.waived)}
    for rule in org.declared:
        lacks = [
            word for word, names in (("keeps", held), ("breaks", fired)) if rule.id not in names
        ]
        if lacks:
            yield f"no case {' or '.join(lacks)} {rule.id}"


def _problems(org: Org, source: Path, beside: Path, case: Case) -> Iterator[str]:
    """What is not as the case says."""
    with TemporaryDirectory(prefix="agentkit-", ignore_cleanup_errors=True) as scratch:
        root = Path(scratch, PROJECT)
        try:
            _make(source, beside, case, root)
        except AgentkitError as e:
            if not case.refused or case.refused not in str(e):
                yield f"it is refused: {e}"
            return
        if case.refused:
            yield "nothing is refused"
            return
        yield from _answers(View(root), case)
        yield from _rules(org, View(root, case.as_of), case)


def _make(org: Path, beside: Path, case: Case, root: Path) -> None:
    """The repository of a case: a new project, a folder, or files; the latter on top."""
    if case.folder:
        folder = beside / case.folder
        if not folder.is_dir():
            raise AgentkitError("there is no such folder", str(folder))
        shutil.copytree(folder, root, symlinks=True)
    elif case.answers is not None:
        data = {"project_name": PROJECT} | case.answers
        options = new.Options(str(root), data, org=str(org), git=False, json=True)
        with contextlib.redirect_stdout(io.StringIO()):
            new.run(options)
    for name, text in case.files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    git.commit_everything(root, "A case")


def _answers(view: View, case: Case) -> Iterator[str]:
    known = {**view.answers, **view.table("agentkit.toml", "org", "answers")}
    for name, wanted in case.expect.items():
        if name not in known:
            yield f"the project has no answer {name}"
        elif not orgpolicy.same(known[name], wanted):
            yield f"{name} is {known[name]}, not {wanted}"


def _rules(org: Org, view: View, case: Case) -> Iterator[str]:
    if not (case.rules or case.passes is not None):
        return
    standard = check.standard(org)
    view.options |= standard.options() | check.of_answers(view, org)
    report = check.examine(view, check.choose(org), standard)
    results = {result.rule.id: result for result in report.results}
    wanted = (("passed", case.holds), ("failed", case.fires), ("waived", case.waived))
    for outcome, names in wanted:
        for name in names:
            if name not in results:
                yield f"there is no rule {name}"
            elif problem := _outcome(results[name], outcome, view):
                yield f"{name} {problem}"
    if case.passes is not None and report.ok != case.passes:
        failing = sorted({found.finding.rule for found in report.failing})
        yield f"the check fails: {', '.join(failing)}" if case.passes else "the check passes"


def _outcome(result: check.Result, wanted: str, view: View) -> str:
    """What is said of a rule that does otherwise."""
    rule = result.rule
    if result.outcome != wanted:
        places = ", ".join(f"{f.finding.path}:{f.finding.line}" for f in result.found)
        words = {
            "passed": "holds",
            "failed": f"fires at {places}",
            "waived": f"is waived at {places}",
            "skipped": "has nothing to look at here",
            "off": "is off",
            "crashed": f"crashed: {result.crash}",
        }
        return words[result.outcome]
    paths = rule.told.paths if isinstance(rule, Declared) else ""
    if wanted == "passed" and paths and not view.matching(paths):
        return f"holds only because no file matches {paths}"
    return ""
