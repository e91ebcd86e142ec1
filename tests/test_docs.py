"""Rules for README.md and docs/ as a whole. conftest.py tests the output of each example."""

from __future__ import annotations

import ast
import json
import re
import runpy
import subprocess
from pathlib import Path

import pytest

import querydsl
from querydsl import tables
from querydsl.cli import arguments

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

#: The vendor's example request, word for word as the page "Query Videos" has it.
VENDORS_EXAMPLE = """{
"query": {
"and": [
{
"operation": "IN",
"field_name": "region_code",
"field_values": ["JP", "US"]
},
{
"operation":"EQ",
"field_name":"hashtag_name",
"field_values":["animal"]
}
],
"not": [
{
"operation": "EQ",
"field_name": "video_length",
"field_values": ["SHORT"]
}
]
},
"max_count": 100,
"cursor": 0,
"start_date": "20230101",
"end_date": "20230115"
}"""


def fences(page: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and text."""
    text = page.read_text(encoding="utf-8")
    return re.findall(r"^```(\S*)[^\n]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in fences(page) if found == language]


class TestReadme:
    README = ROOT / "README.md"

    def test_it_has_two_commands_for_all_the_set_up(self):
        first, second = blocks(self.README, "sh")
        assert first.startswith("python -m pip install querydsl && querydsl collect ")
        assert second == "python -m pip install -e '.[test]' && python -m pytest\n"

    def test_its_first_command_prints_the_shown_output(self, environment, tmp_path):
        command = blocks(self.README, "sh")[0].removeprefix("python -m pip install querydsl && ")
        for name in ("TIKTOK_ACCESS_TOKEN", "TIKTOK_API_URL"):
            environment = {**environment, name: "the sandbox ignores the environment"}
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout == blocks(self.README, "text")[0]

    def test_its_request_is_the_vendors_example(self):
        [block] = [text for text in blocks(self.README, "console") if text.startswith("$ querydsl compile ")]
        printed = block.partition("\n{")[2]
        assert json.loads("{" + printed) == json.loads(VENDORS_EXAMPLE)

    def test_its_first_example_stands_in_the_first_thirty_lines(self):
        start = "".join(self.README.read_text(encoding="utf-8").splitlines(keepends=True)[:30])
        assert blocks(self.README, "text")[0] in start

    def test_it_takes_five_commands_from_a_question_to_a_table(self):
        commands = re.findall(r"^\$ querydsl (\w+)", blocks(self.README, "console")[0], re.MULTILINE)
        assert commands == ["estimate", "collect", "status", "report", "export"]

    def test_it_has_no_link_that_a_package_index_cannot_follow(self):
        assert re.findall(r"\]\((?!https://)[^)]*\)|<img|!\[", self.README.read_text(encoding="utf-8")) == []

    def test_ci_runs_the_same_commands(self):
        script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        assert "$(fenced sh 1)" in script
        assert "$(fenced sh 2)" in script


class TestPages:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_all_blocks_are_of_a_kind_that_is_tested(self, page):
        run = {"python", "console", "r"}
        checked = {"json", "yaml"} | ({"sh", "text"} if page.name == "README.md" else set())
        assert {language for language, _ in fences(page) if not language.startswith("{")} <= run | checked

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_each_page_opens_with_a_sentence_about_its_subject(self, page):
        text = page.read_text(encoding="utf-8").replace("```{include} ../README.md", "# querydsl\n\nThe README.\n", 1)
        assert re.match(r"# [^\n]+\n\n[A-Z`\[q][^.]+[.:]", text), text[:100]

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_json_is_json(self, page):
        for text in blocks(page, "json"):
            json.loads(text)

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_links_within_the_project_lead_somewhere(self, page):
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        assert [target for target in targets if not (page.parent / target).exists()] == []

    def test_the_vendors_example_among_the_examples_is_the_vendors(self):
        assert json.loads((ROOT / "docs/examples/animals.json").read_bytes()) == json.loads(VENDORS_EXAMPLE)


class TestHowTos:
    @pytest.mark.parametrize("page", sorted((ROOT / "docs" / "howto").glob("*.md")), ids=lambda page: page.stem)
    def test_each_begins_with_what_it_is_about(self, page):
        title, opening = page.read_text(encoding="utf-8").split("\n\n")[:2]
        assert title.startswith("# ")
        assert opening.startswith("This page is about ")

    @pytest.mark.parametrize("word", ["resume", "Excel", "pagination", "timezone", "sampling", "cite"])
    def test_the_search_finds_what_people_look_for(self, word):
        assert any(re.search(rf"\b{word}\b", page.read_text(encoding="utf-8"), re.IGNORECASE) for page in PAGES)


class TestHowItWorks:
    PAGE = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")

    def test_each_law_names_a_test_that_is_there(self):
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", self.PAGE)
        assert len(named) > 10
        missing = [
            (file, test) for file, test in named if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
        ]
        assert missing == []

    def test_each_file_that_it_names_is_there(self):
        named = re.findall(r"`((?:\w+/)*\w+\.py)`", self.PAGE)
        package = ROOT / "querydsl"
        assert [file for file in named if not ((package / file).exists() or (ROOT / file).exists())] == []

    def test_each_room_is_in_its_map(self):
        rooms = {path.name for path in (ROOT / "querydsl").iterdir() if (path / "__init__.py").exists()}
        assert rooms == set(re.findall(r"^\| `(\w+)/` \| [^|]* \| [^|`]*(?:`Video`[^|]*)?\|$", self.PAGE, re.MULTILINE))


GENERATE = runpy.run_path(str(ROOT / "docs" / "generate.py"))


class TestReference:
    @pytest.mark.parametrize(("name", "text"), GENERATE["pages"]().items(), ids=GENERATE["pages"]().keys())
    def test_generated_pages_are_up_to_date(self, name, text):
        """Run `python docs/generate.py` when this fails."""
        assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text

    def test_every_command_and_option_is_documented(self):
        page = (ROOT / "docs" / "reference" / "command.md").read_text(encoding="utf-8")
        parser = arguments.parser()
        for name, command in GENERATE["commands"](parser).items():
            section = page.partition(f"## querydsl {name}\n")[2].partition("\n## ")[0]
            options = [option for action in command._actions for option in action.option_strings]
            assert [option for option in options if option not in section] == []

    def test_every_command_is_on_the_page_of_the_command(self):
        page = (ROOT / "docs" / "command.md").read_text(encoding="utf-8")
        named = set(re.findall(r"^\| `querydsl (\w+)", page, re.MULTILINE))
        assert named == set(GENERATE["commands"](arguments.parser()))

    def test_every_public_name_is_in_the_reference(self):
        pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "reference").glob("*.md"))
        documented = set(re.findall(r"^\.\. auto(?:class|data|exception|function):: (\w+)", pages, re.MULTILINE))
        data = {"ALL_FIELDS", "API_URL"}  # in the page of the tables
        assert set(querydsl.__all__) - data - documented == set()

    def test_every_table_is_complete(self):
        page = (ROOT / "docs" / "reference" / "tables.md").read_text(encoding="utf-8")
        names = [*tables.FIELDS, *tables.REGION_CODES, *tables.LENGTHS, *tables.OPERATIONS, *tables.VIDEO_FIELDS]
        assert [name for name in names if f"`{name}`" not in page] == []


class TestErrors:
    PAGE = ROOT / "docs" / "errors.md"

    def test_every_code_of_a_problem_is_explained(self):
        explained = set(re.findall(r"^\| `([a-z-]+)` \|", self.PAGE.read_text(encoding="utf-8"), re.MULTILINE))
        assert explained == codes()

    def test_every_exception_is_explained(self):
        page = self.PAGE.read_text(encoding="utf-8")
        exceptions = [
            name
            for name in querydsl.__all__
            if isinstance(getattr(querydsl, name), type) and issubclass(getattr(querydsl, name), Exception)
        ]
        assert [name for name in exceptions if f"`{name}`" not in page] == []


def codes() -> set[str]:
    """The codes of all problems that the package can report, as written where problems are built."""
    found = {field.code for field in tables.FIELDS.values()}
    for module in (ROOT / "querydsl").rglob("*.py"):
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("error", "Problem"):
                position = 0 if call.func.id == "error" else 1
                code = call.args[position] if len(call.args) > position else None
                if isinstance(code, ast.Constant):
                    found.add(code.value)
    return found
