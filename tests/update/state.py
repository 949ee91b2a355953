"""All of a repository that a crash could harm: files, index, refs, and what lies in `.git`."""

import os
import stat
import subprocess
from pathlib import Path

State = dict[str, str]
QUIET = {"GIT_OPTIONAL_LOCKS": "0"}
LEFT = ("agentkit/**/*", "*.lock", "refs/**/*.lock", "hooks/pre-commit*", "HEAD", "ORIG_HEAD")
FOR_GOOD = ("agentkit/lock",)  # what an update leaves when it is over
ASKED = ("ls-files --stage -v", "status --porcelain --ignored -uall", "for-each-ref")


def ask(folder: Path, *words: str) -> str:
    """What git says, after its exit code; it changes nothing."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, env=os.environ | QUIET)
    told = done.stdout + done.stderr
    return f"{done.returncode}: {told.decode('utf-8', 'surrogateescape')}"


def state(top: Path) -> State:
    found = {f"file {p.relative_to(top)}": about(p) for p in files(top)}
    return found | {words: ask(top, *words.split()) for words in ASKED} | left(top)


def files(top: Path) -> list[Path]:
    """Every file but git's own, ignored ones too."""
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = [n for n in folders if n != ".git"]
        links = [n for n in folders if os.path.islink(os.path.join(folder, n))]
        found += [Path(folder, n) for n in names + links]
    return found


def about(path: Path) -> str:
    """The kind, the mode and the content of a file."""
    mode = path.lstat().st_mode
    content = os.readlink(path).encode() if stat.S_ISLNK(mode) else path.read_bytes()
    return f"{mode:o} {content!r}"


def left(top: Path) -> State:
    """What lies in the git folder and has to do with an update, a lock or a hook."""
    told = ask(top, "rev-parse", "--absolute-git-dir")
    git_dir = Path(told.removeprefix("0: ").strip())
    found = [p for pattern in LEFT for p in git_dir.glob(pattern) if p.is_file()]
    named = {p.relative_to(git_dir).as_posix(): about(p) for p in found}
    return {f"git {name}": what for name, what in named.items() if name not in FOR_GOOD}


def difference(found: State, wanted: State) -> str:
    """What is not as it should be; empty when all is."""
    names = sorted(n for n in {*found, *wanted} if found.get(n) != wanted.get(n))
    return "".join(f"\n{n}: {found.get(n)!s:.300} is not {wanted.get(n)!s:.300}" for n in names)
