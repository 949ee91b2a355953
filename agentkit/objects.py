"""The objects of a repository, with a quarantine before them.

What an update makes lies in a folder of its own, with the project's objects as its alternate: the
project sees none of it until `admit` hands it over, as one pack.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from agentkit import disk, git, staging
from agentkit.errors import AgentkitError

FAST = (  # what is written in the quarantine lives for a second
    *("-c", "core.fsync=none"),
    *("-c", "core.looseCompression=0"),
    *("-c", "core.sparseCheckout=false"),
)
SUBMODULE = "160000"
LINK = "120000"


@dataclass(frozen=True)
class File:
    """One entry of a tree: git's mode, and the id of the content."""

    mode: str
    sha: str

    @property
    def regular(self) -> bool:
        """Is it a file with content of its own, not a link or a submodule?"""
        return self.mode.startswith("100")


Files = dict[str, File]  # by path, with slashes; odd bytes of a name as surrogates


@dataclass(frozen=True)
class Objects:
    """The object database of one repository, as seen from inside the quarantine."""

    top: Path  # of the work tree
    git_dir: Path
    scratch: Path
    alternates: str  # where the project keeps its own
    store: Path  # the same, unquoted
    numbers: Iterator[int]

    @property
    def env(self) -> dict[str, str]:
        """What makes git work in the quarantine."""
        return {
            "GIT_DIR": str(self.git_dir),
            "GIT_OBJECT_DIRECTORY": str(self.scratch / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": self.alternates,
        }

    def git(self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run git in the quarantine, whose content nobody needs after a crash."""
        more = self.env | git.NOBODY | dict(env or {})
        cwd = Path(more.get("GIT_WORK_TREE", self.top))
        try:
            return git.data(cwd, *FAST, *args, stdin=stdin, env=more)
        except AgentkitError as e:
            e.where = str(self.scratch) if e.fix else e.where  # it is the disk of that folder
            raise

    def _alone(self, env: Mapping[str, str], *args: str, stdin: bytes = b"") -> bytes:
        """Run git where it does not see the project's own objects.

        It marks those that it would write again as used, on the disk, and a dry run writes nothing.
        """
        return self.git(*args, stdin=stdin, env={"GIT_ALTERNATE_OBJECT_DIRECTORIES": "", **env})

    def index(self) -> str:
        """The name of a new index file."""
        return str(self.scratch / f"index{next(self.numbers)}")

    def files(self, treeish: str) -> Files:
        """Every file of a tree."""
        return dict(_entries(self.git("ls-tree", "-r", "-z", "--full-tree", treeish), kind=1))

    def tree(self, files: Mapping[str, File]) -> str:
        """The id of a tree of these files."""
        lines = (f"{file.mode} {file.sha} 0\t{path}\0" for path, file in files.items())
        env = {"GIT_INDEX_FILE": self.index()}
        stdin = os.fsencode("".join(lines))
        self._alone(env, "update-index", "-z", "--index-info", stdin=stdin)
        return self._alone(env, "write-tree", "--missing-ok").decode().strip()

    def add(self, folder: Path, attributes: Path | None = None) -> Files:
        """Every file below `folder`, as git would add it to the project.

        `attributes` is the project's own .gitattributes; those of `folder` win over it.
        """
        own = ("-c", f"core.attributesFile={attributes}") if attributes else ()
        modes = ("-c", "core.fileMode=true") if os.name == "posix" else ()
        env = {"GIT_INDEX_FILE": self.index(), "GIT_WORK_TREE": str(folder)}
        self._alone(env, *own, *modes, "add", "--all", "--force", ".")
        return self.staged(env)

    def staged(self, env: Mapping[str, str]) -> Files:
        """Every file of the index that `env` names."""
        return dict(_entries(self.git("ls-files", "--stage", "-z", env=env), kind=0))

    def read(self, shas: Iterable[str]) -> dict[str, bytes]:
        """The contents of these blobs."""
        wanted = list(dict.fromkeys(shas))
        if not wanted:
            return {}
        out = self.git("cat-file", "--batch", stdin="\n".join(wanted).encode() + b"\n")
        found, at = {}, 0
        for sha in wanted:
            end = out.index(b"\n", at)
            size = int(out[at:end].split()[2])
            found[sha] = out[end + 1 : end + 1 + size]
            at = end + size + 2
        return found

    def write(self, contents: Sequence[bytes]) -> list[str]:
        """The ids of new blobs."""
        if not contents:
            return []
        with TemporaryDirectory(dir=self.scratch) as folder:
            paths = [Path(folder, str(n)) for n in range(len(contents))]
            for path, content in zip(paths, contents, strict=True):
                path.write_bytes(content)
            listed = "\n".join(map(str, paths)).encode()
            out = self._alone(
                {}, "hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listed
            )
        return out.decode().split()

    def rewrite(self, files: Mapping[str, File], contents: Mapping[str, bytes]) -> Files:
        """These of the files with new contents."""
        shas = self.write(list(contents.values()))
        return {p: replace(files[p], sha=sha) for p, sha in zip(contents, shas, strict=True)}

    def commit(self, tree: str, *parents: str, message: str = "agentkit") -> str:
        """The id of a commit that nothing points to; the tool is its author."""
        args = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", tree, *args, "-m", message).decode().strip()

    def admit(self, wanted: Iterable[str], known: str) -> None:
        """Hand these objects and what they hold to the project, which has those of `known`."""
        revisions = "".join(f"{sha}\n" for sha in wanted) + f"--not\n{known}\n"
        words = ("pack-objects", "-q", "--revs", "--stdout", "--window=0")  # `git gc` makes deltas
        pack = self.git(*words, stdin=revisions.encode())
        lasting = ("-c", "core.fsync=objects", "-c", "core.fsyncMethod=fsync")
        git.data(self.top, *lasting, "index-pack", "--stdin", stdin=pack)
        disk.flush(self.store / "pack")


def _entries(listed: bytes, kind: int) -> Iterator[tuple[str, File]]:
    """The entries of `ls-tree` (with a kind between mode and id) or of `ls-files --stage`."""
    for line in filter(None, listed.split(b"\0")):
        about, _, name = line.partition(b"\t")
        words = about.decode().split()
        yield os.fsdecode(name), File(words[0], words[1 + kind])


def inside(files: Files, prefix: str) -> Files:
    """The files below a prefix, by their paths there."""
    return {p.removeprefix(prefix): f for p, f in files.items() if p.startswith(prefix)}


@contextmanager
def quarantine(top: Path, git_dir: Path) -> Iterator[Objects]:
    """Objects of a repository, and a scratch folder that is gone at the end."""
    own = git.check(git_dir, "rev-parse", "--git-path", "objects", env={"GIT_DIR": str(git_dir)})
    staging.sweep(Path(gettempdir()))  # what killed runs left
    with staging.claimed(None) as folder:
        scratch = folder.resolve()
        (scratch / "objects").mkdir()
        alternates = str(git_dir / own)
        if os.pathsep in alternates or alternates.startswith('"'):  # git's own way to quote
            alternates = '"' + alternates.replace("\\", "\\\\").replace('"', '\\"') + '"'
        yield Objects(top, git_dir, scratch, alternates, git_dir / own, count())
