"""The merge of three trees by lines: `git merge-tree`, with its renames and directory renames."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from agentkit import git
from agentkit.objects import File, Files, Objects

# Lists of patterns, where the lines of both sides are wanted and their order says little.
UNITED = ".*ignore merge=union\nCODEOWNERS merge=union\n"
Stages = dict[int, File]


@dataclass(frozen=True)
class Lines:
    """What `git merge-tree` said."""

    files: Files
    stages: dict[str, Stages]
    messages: dict[str, str]


def merge(objects: Objects, base: Files, ours: Files, theirs: Files, label: str) -> Lines:
    """Merge them; raises AgentkitError when git cannot do it."""
    root = objects.commit(objects.tree(base))
    names = {objects.commit(objects.tree(ours), root): "yours"}
    names |= {objects.commit(objects.tree(theirs), root, message="theirs"): label}
    attributes = objects.scratch / "attributes"
    attributes.write_text(UNITED)
    fixed = ("-c", f"core.attributesFile={attributes}")
    words = ("merge-tree", "--write-tree", "-z", "--messages", *names)
    done = git.feed(objects.top, *git.PLAIN, *fixed, *words, env=objects.env | git.NOBODY)
    if done.returncode > 1:
        git.require()
        raise git.failure(objects.top, words, done.returncode, os.fsdecode(done.stderr))
    lines = _parsed(objects, os.fsdecode(done.stdout))
    return _named(objects, lines, names)


def _parsed(objects: Objects, said: str) -> Lines:
    head, _, rest = said.partition("\0")
    stages: dict[str, Stages] = {}
    while rest and rest[0] != "\0":
        line, _, rest = rest.partition("\0")
        about, _, path = line.partition("\t")
        mode, sha, stage = about.split()
        stages.setdefault(path, {})[int(stage)] = File(mode, sha)
    messages: dict[str, str] = {}
    words = rest[1:].split("\0")
    while len(words) > 3:
        number = int(words[0])
        paths, (kind, text) = words[1 : 1 + number], words[1 + number : 3 + number]
        words = words[3 + number :]
        messages |= {path: text.strip() for path in paths if kind.startswith("CONFLICT")}
    return Lines(objects.files(head), stages, messages)


def _named(objects: Objects, lines: Lines, names: Mapping[str, str]) -> Lines:
    """The same, with `yours` and the template's version in the place of commit ids."""
    if not lines.stages:
        return lines
    pattern = re.compile("|".join(names))

    def called(text: str) -> str:
        return pattern.sub(lambda found: names[found[0]].split()[0], text)

    files = {called(p): f for p, f in lines.files.items()}
    stages = {called(p): s for p, s in lines.stages.items()}
    told = {called(p): called(text) for p, text in lines.messages.items()}
    marked = [p for p in stages if p in files and files[p].regular]
    contents = objects.read(files[p].sha for p in marked)
    marker = re.compile(rb"^(<{7} |>{7} )(" + pattern.pattern.encode() + rb")", re.M)
    labelled = {}
    for path in marked:
        old = contents[files[path].sha]
        new = marker.sub(lambda found: found[1] + names[found[2].decode()].encode(), old)
        if new != old:
            labelled[path] = new
    return Lines(files | objects.rewrite(files, labelled), stages, told)
