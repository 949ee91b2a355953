"""Random trees and random edits on both sides: an update is git's own merge, and loses no line."""

import itertools
import shutil
import subprocess
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.unit.support import commit, git
from tests.update.project import ANSWERS, Project, Run
from tests.update.support import Files, template

Lines = list[str]
Tree = dict[str, Lines]
NAMES = tuple(f"{at}{x}.txt" for at in ("", "dir/", "dir/sub/", "ü ü/") for x in "abc")
RUNS = itertools.count()


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Up to twelve files of unlike lines, so that none looks like a renamed other."""
    names = draw(st.sets(st.sampled_from(NAMES), min_size=1))
    return {n: [f"{n} {i} old" for i in range(draw(st.integers(0, 9)))] for n in sorted(names)}


@st.composite
def edited(draw: st.DrawFn, old: Tree, side: str) -> Tree:
    """Some files deleted, added, or with lines replaced, removed and inserted."""
    new: Tree = {}
    for name in NAMES:
        kind = draw(st.sampled_from(("same", "same", "edit", "edit", "gone")))
        if name in old and kind != "gone":
            new[name] = draw(lines(old[name], f"{name} {side}")) if kind == "edit" else old[name]
        elif name not in old and kind == "edit":
            new[name] = draw(lines([], f"{name} {side}"))
    return new


@st.composite
def lines(draw: st.DrawFn, old: Lines, mark: str) -> Lines:
    """The lines with one to three edits; sometimes both sides write the same."""
    new = list(old)
    for number in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(new)))
        text = "both sides" if draw(st.integers(0, 9)) == 0 else f"{mark} {number}"
        kind = draw(st.sampled_from(("insert", "replace", "remove")))
        new[at : at + (kind != "insert")] = [] if kind == "remove" else [text]
    return new


def content(tree: Tree) -> Files:
    return {name: "".join(f"{line}\n" for line in text) for name, text in tree.items()}


def change(old: Tree, new: Tree) -> Files:
    return {**dict.fromkeys(old.keys() - new.keys()), **content(new)}


@settings(
    max_examples=30,
    phases=(Phase.explicit, Phase.generate),  # an example takes half a second: no shrinking
    report_multiple_bugs=False,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_an_update_is_the_merge_that_git_makes(
    agentkit: Run, tmp_path: Path, data: st.DataObject
) -> None:
    old = data.draw(trees(), "old")
    mine, theirs = (
        data.draw(edited(old, "mine"), "mine"),
        data.draw(edited(old, "theirs"), "theirs"),
    )
    place = tmp_path / f"run {next(RUNS)}"
    made = template(place / "template", content(old))
    project = Project(made.generate(place / "project"), made, agentkit)
    commit(project.root)
    merge = merged_by_git(project, place / "scratch", change(old, mine), change(old, theirs))
    project.edit(change(old, mine))
    made.release(change(old, theirs))
    ran = project.update("--format", "json")
    assert ran.code == (3 if merge.unmerged() else 0), ran
    assert listed(project) == listed(merge)
    assert without_labels(project.files()) == without_labels(merge.files())
    added = {line for name, text in mine.items() for line in set(text) - set(old.get(name, []))}
    kept = b"\n".join(project.files().values()).decode().splitlines()
    assert added <= set(kept)
    shutil.rmtree(place)


def merged_by_git(project: Project, scratch: Path, mine: Files, theirs: Files) -> Project:
    """The same three commits merged by git, with what the user deleted left deleted."""
    shutil.copytree(project.root, scratch)
    merge = Project(scratch, project.template, project.run)
    merge.git("checkout", "--quiet", "-b", "template")
    merge.edit(theirs)
    merge.git("checkout", "--quiet", "main")
    merge.edit(mine)
    subprocess.run(["git", "merge", "--quiet", "template"], cwd=scratch, capture_output=True)
    for name, stages in merge.unmerged().items():
        if stages == "13":
            git(scratch, "rm", "--quiet", name)
    return merge


def listed(project: Project) -> list[str]:
    """The index, without the answers file."""
    return [x for x in project.git("ls-files", "--stage").splitlines() if ANSWERS not in x]


def without_labels(files: dict[str, bytes]) -> dict[str, list[bytes]]:
    return {
        name: [line[:7] if line[:1] in b"<>" else line for line in text.split(b"\n")]
        for name, text in files.items()
        if name != ANSWERS
    }
