"""The changes that the API or a new feature needs: each is made here in a copy of the package.

A fact is stated once. So one edit is enough, and code that meets an unknown entry refuses it and never guesses.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import querydsl

PACKAGE = Path(querydsl.__file__).parent

#: An edit: a file of the package, the text before which something is inserted, and the inserted text.
Edit = tuple[str, str, str]
#: Makes the edits in a copy of the package, runs a program with it, and returns the output.
Run = Callable[..., str]


@pytest.fixture
def changed(tmp_path: Path) -> Run:
    def run(*edits: Edit, program: str) -> str:
        copy = tmp_path / "querydsl"
        if not copy.exists():
            shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for file, before, new in edits:
            path = copy / file
            text = path.read_text(encoding="utf-8")
            assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {file}"
            path.write_text(text.replace(before, new + before), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PACKAGE.parent)])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


class TestAVideoField:
    """It is an attribute of `Video`, at any position."""

    EDIT = (
        "videos.py",
        "    like_count: int | None = ",
        '    sound_name: str | None = _field("string", "The name of the sound")\n',
    )
    MAKE = (
        "from querydsl.storage.rows import row\n"
        "from querydsl import Request, Query, Hashtag, Store\n"
        "from tests.storage.files import fill\n"
        "import json\n"
        "videos = [{'id': 7, 'sound_name': 'rain', 'like_count': 3}, {'id': 8}]\n"
        "request = Request(Query([Hashtag == 'a']), '20230101', '20230101')\n"
        "fill('kept.db', [row(video, json.dumps(video)) for video in videos], request)\n"
    )

    def test_is_read_asked_for_and_written_again(self, changed: Run) -> None:
        program = (
            "from querydsl import ALL_FIELDS, Hashtag, Video, select, validate_fields\n"
            "video = Video.from_dict({'id': 7, 'sound_name': 'rain', 'like_count': 3})\n"
            "assert (video.sound_name, video.like_count, video.extra) == ('rain', 3, {})\n"
            "assert video.to_dict() == {'id': 7, 'sound_name': 'rain', 'like_count': 3}\n"
            "assert 'sound_name' in ALL_FIELDS and validate_fields('sound_name') == []\n"
            "request = select().where(Hashtag == 'a').on('20230101').request()\n"
            "assert ',sound_name,' in request.url()\n"
        )
        changed(self.EDIT, program=program)

    def test_has_a_column_in_files_exports_and_frames(self, changed: Run) -> None:
        program = self.MAKE + (
            "with Store('kept.db') as store:\n"
            "    assert [video.sound_name for video in store.videos()] == ['rain', None]\n"
            "    store.export('kept.csv'), store.export('kept.parquet')\n"
            "    assert store.frame('polars')['sound_name'].to_list() == ['rain', None]\n"
            "    assert store.frame('polars')['like_count'].to_list() == [3, None]\n"
            "import csv, polars\n"
            "first = next(csv.DictReader(open('kept.csv')))\n"
            "assert (first['sound_name'], first['like_count']) == ('rain', '3')\n"
            "assert polars.read_parquet('kept.parquet')['sound_name'].to_list() == ['rain', None]\n"
        )
        changed(self.EDIT, program=program)

    def test_comes_into_files_made_before_when_they_are_next_written(self, changed: Run) -> None:
        changed(program=self.MAKE)
        read = (
            "from querydsl import Store\n"
            "with Store('kept.db') as store:\n"
            "    assert [video.sound_name for video in store.videos()] == ['rain', None]\n"
            "    print(store.frame('polars')['sound_name'].to_list())\n"
            "    store.export('kept.csv')\n"
        )
        assert changed(self.EDIT, program=read) == "[None, None]\n"
        write = "from querydsl.storage.writer import Writer\nWriter('kept.db', 'this computer').close()\n"
        assert changed(program=write + read) == "['rain', None]\n"


class TestAConditionField:
    """It is an entry of the tables, an object of the language, and a public name."""

    EDITS = (
        (
            "tables.py",
            '        ConditionField(\n            "hashtag_name"',
            '        ConditionField(\n            "voice", "Voice", "text", "text", _MATCH, "voice_to_text", "same",\n'
            '            "What is said", "hello",\n        ),\n',
        ),
        ("language/fields.py", "#: Any part of the description", 'Voice: Final[Field[str]] = Field(FIELDS["voice"])\n'),
    )

    def test_is_composed_parsed_checked_compiled_and_matched(self, changed: Run) -> None:
        program = (
            "from querydsl import *\n"
            "from querydsl.language.fields import Voice\n"
            "expression = (Voice == 'a') | (Voice.in_('b', 'c') & ~(Region == 'US'))\n"
            "assert parse(repr(expression)) == expression == parse(\"voice == 'a' or (voice in ('b', 'c') and not \"\n"
            "    \"region_code == 'US')\")\n"
            "queries = to_queries(expression)\n"
            "videos = [{'voice_to_text': v, 'region_code': r} for v in 'abcd' for r in ('US', 'JP')]\n"
            "said = [matches(expression, video) for video in videos]\n"
            "assert said == [True, True, False, True, False, True, False, False]\n"
            "assert said == [any(matches(q.to_expression(), video) for q in queries) for video in videos]\n"
            "document = queries[0].to_dict()\n"
            "assert validate(document) == [] and Query.from_dict(document) == queries[0]\n"
            "assert 'voice' in json_schema('query')['$defs']['condition']['properties']['field_name']['enum']\n"
            "import polars\n"
            "from querydsl import frames\n"
            "kept = frames.filter(polars.DataFrame(videos), expression)\n"
            "assert kept.to_dicts() == [video for video, one in zip(videos, said) if one]\n"
            "assert len(select('id').where(Voice == 'a').on('20230101').plan()) == 1\n"
        )
        changed(*self.EDITS, program=program)


class TestAnOperation:
    """If only the tables have it, it has no meaning yet: the value sets, the fields and the parser give it one."""

    #: Only the table says that `video_id` takes GT.
    ORDERED_IDS = (
        "import querydsl.tables as tables\n"
        "object.__setattr__(tables.FIELDS['video_id'], 'operations', frozenset({'EQ', 'IN', 'GT'}))\n"
    )
    #: `username` takes STARTS, an unknown operation.
    STARTS = (
        "import querydsl.tables as tables\n"
        "tables.OPERATIONS += ('STARTS',)\n"
        "object.__setattr__(tables.FIELDS['username'], 'operations', frozenset({'EQ', 'IN', 'STARTS'}))\n"
    )
    REFUSED = (
        "from querydsl import *\n"
        "def refused(ask):\n"
        "    try:\n"
        "        return ask()\n"
        "    except Exception as refusal:\n"
        "        print(f'{{type(refusal).__name__}}: {{refusal}}')\n"
        "made = Condition({condition})\n"
        "other = Region == 'US'\n"
        "assert refused(lambda: matcher(made)) is None\n"
        "assert refused(lambda: to_queries((made & other) | (~made & ~other))) is None\n"
        "import polars\n"
        "from querydsl import frames\n"
        "frame = polars.DataFrame({{'id': [6], 'username': ['someone']}})\n"
        "assert refused(lambda: frames.filter(frame, made)) is None\n"
    )

    @pytest.mark.parametrize(
        ("stated", "condition", "operation"),
        [
            (ORDERED_IDS, "'video_id', 'GT', ['5']", "GT"),
            (STARTS, "'username', 'STARTS', ['some']", "STARTS"),
        ],
        ids=["a known operation for a field that had not taken it", "an unknown operation"],
    )
    def test_known_only_to_the_tables_is_refused_by_all_that_must_understand_it(
        self, changed: Run, stated: str, condition: str, operation: str
    ) -> None:
        refusals = changed(program=stated + self.REFUSED.format(condition=condition)).splitlines()
        assert len(refusals) == 3
        assert all(operation in refusal and "KeyError" not in refusal for refusal in refusals)

    @pytest.mark.parametrize(
        ("stated", "name", "operation", "value"),
        [(ORDERED_IDS, "video_id", "GT", "5"), (STARTS, "username", "STARTS", "some")],
        ids=["a known operation for a field that had not taken it", "an unknown operation"],
    )
    def test_that_the_tables_alone_know_is_a_problem_of_its_condition(
        self, changed: Run, stated: str, name: str, operation: str, value: str
    ) -> None:
        program = stated + (
            "from querydsl import validate\n"
            f"tables.VALUES_TAKEN[{operation!r}] = 1\n"
            "right = {'field_name': 'region_code', 'operation': 'EQ', 'field_values': ['US']}\n"
            f"new = {{'field_name': {name!r}, 'operation': {operation!r}, 'field_values': [{value!r}]}}\n"
            "[problem] = validate({'and': [right], 'not': [right | {'field_values': ['JP']}, new]})\n"
            "print(problem.severity, problem.code, problem.path, problem)\n"
        )
        assert changed(program=program).startswith(
            f"error operation /not/1/operation value_sets does not know which values {name} {operation} allows; "
        )


class TestAProblemCode:
    """It is a literal in `errors.py`, and reported where the rule is."""

    EDITS = (
        ("errors.py", '"max-count", "paging"', '"emoji", '),
        (
            "spec/request_rules.py",
            '    if "search_id" in request or',
            '    if "\\U0001f408" in str(request.get("search_id")):\n'
            '        message, hint = "a cat is no search_id", "chase it away"\n'
            '        problems.append(Problem("warning", "emoji", "/search_id", message, hint))\n',
        ),
    )

    def test_is_told_by_validate_and_by_the_command(self, changed: Run) -> None:
        program = (
            "import json, pickle\n"
            "from pathlib import Path\n"
            "from typing import get_args\n"
            "from querydsl import validate\n"
            "from querydsl.cli import main\n"
            "from querydsl.errors import Code\n"
            "assert 'emoji' in get_args(Code)\n"
            "us = {'field_name': 'region_code', 'operation': 'EQ', 'field_values': ['US']}\n"
            "request = {'query': {'and': [us]}, 'start_date': '20230101', 'end_date': '20230101'}\n"
            "request |= {'max_count': 100, 'cursor': 0, 'search_id': '\\U0001f408'}\n"
            "[problem] = validate(request)\n"
            "assert pickle.loads(pickle.dumps(problem)) == problem and problem.code == 'emoji'\n"
            "Path('cat.json').write_text(json.dumps(request))\n"
            "assert (main(['check', 'cat.json']), main(['check', '--strict', 'cat.json'])) == (0, 1)\n"
        )
        line = "cat.json:/search_id: warning[emoji] a cat is no search_id (chase it away)\n"
        assert changed(*self.EDITS, program=program) == 2 * line


class TestAnApiError:
    """Its class carries its code and the status it comes with."""

    EDIT = (
        "errors.py",
        "class InternalError(",
        'class VideoRemoved(ApiError):\n    """A made-up one."""\n\n'
        '    codes = ("video_removed",)\n    status = 410\n\n\n',
    )

    def test_is_raised_by_the_client_and_given_by_the_sandbox(self, changed: Run) -> None:
        program = (
            "import querydsl, querydsl.errors as errors, querydsl.tables as tables\n"
            "from querydsl.client.responses import Response, read_answer\n"
            "assert tables.API_ERRORS['video_removed'] == 410\n"
            'body = b\'{"data": {}, "error": {"code": "video_removed", "message": "gone", "log_id": "x"}}\'\n'
            "try:\n"
            "    read_answer(Response(410, {}, body), lambda video, raw: video, str)\n"
            "except Exception as failed:\n"
            "    print(type(failed.error).__name__, failed.error)\n"
            "from querydsl.sandbox.responses import Refused\n"
            "print(Refused('video_removed', 'gone').answer('x').status)\n"
        )
        assert changed(self.EDIT, program=program) == "VideoRemoved video_removed: gone (status 410, log_id x)\n410\n"


class TestAnExportFormat:
    """It is a function, and its ending."""

    EDIT = (
        "reading/export.py",
        "_WRITERS: Final = {",
        "def _write_ids(videos: Videos, path: Path) -> int:\n"
        '    ids = [str(row[0]) for batch in videos.batches("id") for row in batch]\n'
        '    path.write_text("\\n".join(ids))\n'
        "    return len(ids)\n\n\n",
    )

    def test_is_exported(self, changed: Run) -> None:
        edit = (self.EDIT[0], '".jsonl": _write_jsonl', '".ids": _write_ids, ')
        program = TestAVideoField.MAKE.replace(", 'sound_name': 'rain'", "") + (
            "with Store('kept.db') as store:\n"
            "    assert store.export('kept.ids') == 2\n"
            "print(open('kept.ids').read())\n"
        )
        assert changed(self.EDIT, edit, program=program) == "7\n8\n"
