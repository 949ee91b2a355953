"""Files and folders that one side or both renamed, moved or deleted."""

from tests.update.project import Start
from tests.update.support import body

NINE = {f"app/{x}.txt": f"{x}\n" * 9 for x in "bcd"}


def moved(old: str, new: str, files: dict[str, str]) -> dict[str, str | None]:
    """The files of folder `old`, in folder `new`."""
    gone = dict.fromkeys(files)
    return {**gone, **{name.replace(old, new, 1): text for name, text in files.items()}}


def test_the_user_deleted_what_the_template_changed(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"})
    project.edit({"a.txt": None})
    project.template.release({"a.txt": body(end="more\n"), "b.txt": "b 2\n"})
    assert project.told().actions == {"a.txt": "kept-deleted", "b.txt": "updated"}
    assert not project.has("a.txt")
    assert project.git("ls-files", "a.txt") == ""


def test_the_user_deleted_what_the_template_did_not_touch(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"})
    project.edit({"a.txt": None})
    project.template.release({"b.txt": "b 2\n"})
    assert project.told().actions == {"b.txt": "updated"}
    assert not project.has("a.txt")


def test_the_user_deleted_a_folder(start: Start) -> None:
    project = start({**NINE, "a.txt": "a\n"})
    project.edit(dict.fromkeys(NINE))
    project.template.release({"app/b.txt": "theirs\n", "app/new.txt": "new\n"})
    assert project.told().actions == {"app/b.txt": "kept-deleted", "app/new.txt": "added"}
    assert not project.has("app/b.txt")


def test_the_template_dropped_what_the_user_edited(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": None, "b.txt": None})
    assert project.conflicted().actions == {"a.txt": "conflict", "b.txt": "deleted"}
    assert project.read("a.txt") == body({3: "mine"})
    assert project.unmerged() == {"a.txt": "12"}
    assert project.git("status", "--porcelain", "a.txt") == "UD a.txt"


def test_both_deleted_it(start: Start) -> None:
    project = start({"a.txt": body(), "b.txt": "b\n"})
    project.edit({"a.txt": None})
    project.template.release({"a.txt": None})
    assert project.told().actions == {}
    assert project.read("b.txt") == "b\n"


def test_the_template_dropped_a_folder_with_files_of_the_user(start: Start) -> None:
    project = start(NINE)
    project.edit({"app/mine.txt": "mine\n"})
    project.put({"app/untracked.txt": "mine too\n"})
    project.template.release(dict.fromkeys(NINE))
    assert set(project.told().actions.values()) == {"deleted"}
    assert {p.name for p in (project.root / "app").iterdir()} == {"mine.txt", "untracked.txt"}


def test_the_user_renamed_what_the_template_edits(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": None, "mine.txt": body()})
    project.template.release({"a.txt": body({28: "security fix"})})
    project.told()
    assert project.read("mine.txt") == body({28: "security fix"})
    assert not project.has("a.txt")


def test_the_user_renamed_and_edited_what_the_template_edits(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": None, "deep/er/mine.txt": body({3: "mine"})})
    project.template.release({"a.txt": body({28: "theirs"})})
    assert project.told().actions == {"deep/er/mine.txt": "merged"}
    assert project.read("deep/er/mine.txt") == body({3: "mine", 28: "theirs"})


def test_the_user_renamed_a_folder(start: Start) -> None:
    project = start(NINE)
    project.edit(moved("app", "service", NINE))
    project.template.release({"app/b.txt": "b\n" * 9 + "fix\n", "app/new.txt": "new\n"})
    project.told()
    assert project.read("service/b.txt").endswith("fix\n")
    assert project.read("service/new.txt") == "new\n"
    assert not project.has("app/new.txt")


def test_the_template_renamed_what_the_user_edited(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": body({3: "mine"})})
    project.template.release({"a.txt": None, "b.txt": body({28: "theirs"})})
    told = project.told()
    assert project.read("b.txt") == body({3: "mine", 28: "theirs"})
    assert not project.has("a.txt")
    assert {c["path"]: c["was"] for c in told.report["changes"]}["b.txt"] == "a.txt"


def test_the_template_renamed_a_folder_with_a_file_of_the_user(start: Start) -> None:
    project = start(NINE)
    project.edit({"app/mine.txt": "my own\n"})
    project.template.release(moved("app", "src/app", NINE))
    project.told()
    assert project.read("src/app/mine.txt") == "my own\n"
    assert project.read("src/app/b.txt") == "b\n" * 9
    assert not project.has("app/b.txt")


def test_both_renamed_it_alike(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": None, "b.txt": body({3: "mine"})})
    project.template.release({"a.txt": None, "b.txt": body({28: "theirs"})})
    project.told()
    assert project.read("b.txt") == body({3: "mine", 28: "theirs"})


def test_each_renamed_it_another_way(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": None, "mine.txt": body({3: "mine"})})
    project.template.release({"a.txt": None, "theirs.txt": body({28: "theirs"})})
    told = project.conflicted()
    assert {"mine.txt", "theirs.txt"} <= set(told.actions)
    assert "mine\n" in project.read("mine.txt")


def test_the_user_renamed_what_the_template_dropped(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": None, "mine.txt": body({3: "mine"})})
    project.template.release({"a.txt": None})
    assert project.conflicted().actions == {"mine.txt": "conflict"}
    assert project.read("mine.txt") == body({3: "mine"})


def test_the_user_deleted_what_the_template_renamed(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"a.txt": None})
    project.template.release({"a.txt": None, "b.txt": body()})
    told = project.told()
    assert "kept-deleted" in told.actions.values()
    assert not project.has("a.txt")
    assert not project.has("b.txt")


def test_the_user_copied_a_file(start: Start) -> None:
    project = start({"a.txt": body()})
    project.edit({"copy.txt": body({3: "mine"})})
    project.template.release({"a.txt": body({28: "theirs"})})
    project.told()
    assert project.read("a.txt") == body({28: "theirs"})
    assert project.read("copy.txt") == body({3: "mine"})


def test_the_template_changed_only_the_case_of_a_name(start: Start) -> None:
    project = start({"Readme.md": body()})
    project.edit({"Readme.md": body({3: "mine"})})
    project.template.release({"Readme.md": None, "README.md": body({28: "theirs"})})
    project.told()
    assert project.read("README.md") == body({3: "mine", 28: "theirs"})
    assert project.git("ls-files", "*.md") == "README.md"


def test_the_user_changed_only_the_case_of_a_name(start: Start) -> None:
    project = start({"Readme.md": body()})
    project.edit({"Readme.md": None, "README.md": body()})
    project.template.release({"Readme.md": body({28: "theirs"})})
    project.told()
    assert project.read("README.md") == body({28: "theirs"})
    assert project.git("ls-files", "*.md") == "README.md"


def test_both_add_the_same_path(start: Start) -> None:
    project = start({"x": "x\n"})
    project.edit({"ci.txt": "from the user\n" * 5, "same.txt": "same\n"})
    project.template.release({"ci.txt": "from the template\n" * 5, "same.txt": "same\n"})
    assert project.conflicted().actions == {"ci.txt": "conflict"}
    assert "from the user" in project.read("ci.txt")
    assert "from the template" in project.read("ci.txt")
    assert project.unmerged() == {"ci.txt": "23"}
