"""Files whose text conflicts and whose content does not, and the other way round."""

import json
import tomllib

import pytest
import yaml

from tests.update.project import Start
from tests.update.support import body

TOML = '[project]\nname = "x"\ndependencies = [\n  "httpx",\n]\n'


def test_both_add_a_dependency(start: Start) -> None:
    project = start({"pyproject.toml": TOML})
    more = '"httpx",  # the client\n  "pandas",\n'
    project.edit({"pyproject.toml": TOML.replace('"httpx",\n', more)})
    project.template.release(
        {"pyproject.toml": TOML.replace('"httpx",\n', '"httpx",\n  "structlog",\n')}
    )
    assert project.told().actions == {"pyproject.toml": "merged"}
    text = project.read("pyproject.toml")
    wanted = {"httpx", "pandas", "structlog"}
    assert set(tomllib.loads(text)["project"]["dependencies"]) == wanted
    assert "# the client" in text


def test_both_add_a_table(start: Start) -> None:
    project = start({"pyproject.toml": TOML})
    project.edit({"pyproject.toml": TOML + "\n[tool.mine]\nx = 1  # why\n"})
    project.template.release({"pyproject.toml": TOML + "\n[tool.theirs]\ny = 2\n"})
    project.told()
    text = project.read("pyproject.toml")
    assert tomllib.loads(text)["tool"] == {"mine": {"x": 1}, "theirs": {"y": 2}}
    assert "x = 1  # why" in text


def test_both_change_the_same_value(start: Start) -> None:
    project = start({"pyproject.toml": TOML})
    project.edit({"pyproject.toml": TOML.replace('"x"', '"mine"')})
    project.template.release({"pyproject.toml": TOML.replace('"x"', '"theirs"')})
    project.conflicted()
    text = project.read("pyproject.toml")
    assert '"mine"' in text
    assert '"theirs"' in text


PACKAGE = '{\n    "name": "x",\n    "dependencies": {\n        "react": "18"\n    }\n}\n'


def test_both_add_to_json(start: Start) -> None:
    project = start({"package.json": PACKAGE})
    project.edit({"package.json": PACKAGE.replace('"18"', '"18",\n        "vue": "3"')})
    project.template.release({"package.json": PACKAGE.replace('"18"', '"18",\n        "d3": "7"')})
    project.told()
    text = project.read("package.json")
    assert json.loads(text)["dependencies"] == {"react": "18", "vue": "3", "d3": "7"}
    assert '\n        "vue": "3"' in text


WORKFLOW = "on: push\njobs:\n  test:\n    steps:\n      - run: make  # all of it\n"


def test_both_add_to_yaml(start: Start) -> None:
    project = start({"ci.yml": WORKFLOW})
    project.edit({"ci.yml": WORKFLOW + "  mine:\n    steps: [{run: mine}]  # mine\n"})
    project.template.release({"ci.yml": WORKFLOW + "  theirs:\n    steps: [{run: theirs}]\n"})
    project.told()
    text = project.read("ci.yml")
    assert set(yaml.safe_load(text)["jobs"]) == {"test", "mine", "theirs"}
    assert "# mine" in text
    assert "# all of it" in text


OLD = "def f( a,b ):\n  return a+b\n"
NEAT = "def f(a, b):\n    return a + b\n"


def test_the_user_ran_a_formatter(start: Start) -> None:
    project = start({"a.py": OLD * 6})
    project.edit({"a.py": "\n\n".join([NEAT] * 6)})
    project.template.release({"a.py": OLD * 6 + "def g( ):\n  return 1\n"})
    project.told()
    text = project.read("a.py")
    assert "def g" in text
    assert text.startswith(NEAT)
    compile(text, "a.py", "exec")


IMPORTS = "import os\nimport sys\n\n\ndef main() -> None:\n    print(os.name, sys.path)\n"


def test_both_add_an_import(start: Start) -> None:
    project = start({"a.py": IMPORTS})
    project.edit({"a.py": IMPORTS.replace("import os\n", "import json\nimport os\n")})
    project.template.release({"a.py": IMPORTS.replace("import os\n", "import math\nimport os\n")})
    assert project.update().code in (0, 3)
    text = project.read("a.py")
    assert "import json\n" in text
    assert "import math\n" in text


TRY = "try:\n{}except ValueError:\n{}"


def test_a_clean_merge_that_does_not_parse_is_a_conflict(start: Start) -> None:
    ten = "".join(f"    print({n})\n" for n in range(10))
    old = TRY.format(ten, ten)
    project = start({"a.py": old, "b.txt": "1\n"})
    project.edit({"a.py": old.replace("try:", "if x:").replace("except ValueError:", "else:")})
    project.template.release({"a.py": old + "except KeyError:\n    raise\n", "b.txt": "2\n"})
    told = project.conflicted()
    assert told.actions == {"a.py": "conflict", "b.txt": "updated"}
    assert "if x:" in project.read("a.py")
    assert project.git("show", ":2:a.py").startswith("if x:")
    assert "except KeyError" in project.git("show", ":3:a.py")


NEVER = {
    "helm": ("chart/deploy.yaml", "{{- if .Values.on }}\n" + body() + "{{- end }}\n"),
    "json-with-comments": ("tsconfig.json", '{\n  // why\n  "a": 1,\n' + body() + "}\n"),
    "python-2": ("old.py", 'print "x"\n' + body()),
}


@pytest.mark.parametrize(("name", "old"), NEVER.values(), ids=NEVER)
def test_what_never_parsed_is_merged_as_text(start: Start, name: str, old: str) -> None:
    project = start({name: old})
    project.edit({name: old.replace("line 5\n", "mine\n")})
    project.template.release({name: old.replace("line 25\n", "theirs\n")})
    assert project.told().actions == {name: "merged"}
    merged = old.replace("line 5\n", "mine\n").replace("line 25\n", "theirs\n")
    assert project.read(name) == merged


MARKERS = "Git writes\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> topic\n"


@pytest.mark.parametrize("mine", [True, False], ids=["mine", "theirs"])
def test_text_about_conflicts_is_no_conflict(start: Start, mine: bool) -> None:
    project = start({"git.md": body()})
    project.edit({"git.md": (MARKERS if mine else "") + body({3: "mine"})})
    project.template.release({"git.md": body({28: "theirs"}) + ("" if mine else MARKERS)})
    assert project.told().actions == {"git.md": "merged"}
    merged = body({3: "mine", 28: "theirs"})
    assert project.read("git.md") == (MARKERS + merged if mine else merged + MARKERS)


@pytest.mark.parametrize("name", [".gitignore", ".dockerignore", "web/.gitignore", "CODEOWNERS"])
def test_ignore_files_are_united(start: Start, name: str) -> None:
    project = start({name: "build\ndist\n"})
    project.edit({name: "build\ndist\nmine\n"})
    project.template.release({name: "build\ndist\ntheirs\n"})
    project.told()
    assert set(project.read(name).split()) == {"build", "dist", "mine", "theirs"}


def test_a_line_that_the_user_removed_from_an_ignore_file_stays_away(start: Start) -> None:
    project = start({".gitignore": "build\n*.lock\ndist\na\nb\nc\n"})
    project.edit({".gitignore": "build\ndist\na\nb\nc\nmine\n"})
    project.template.release({".gitignore": "build\n*.lock\ndist\na\nb\nc\ntheirs\n"})
    project.told()
    assert set(project.read(".gitignore").split()) == {*"abc", "build", "dist", "mine", "theirs"}
