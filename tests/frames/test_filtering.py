"""Filtering dataframes, on real engines, compared with `matcher`."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querydsl import (
    Condition,
    CreateDate,
    Expression,
    Hashtag,
    Keyword,
    Length,
    Region,
    Username,
    ValidationError,
    all_of,
    any_of,
    frames,
    none_of,
)
from querydsl.language.expressions import conditions
from querydsl.matching.letter_case import lowered, spellings
from querydsl.moments import FIRST_SECOND, LAST_SECOND
from querydsl.spec.values import ACCEPTS
from querydsl.tables import FIELDS, INT64_MAX, LENGTHS
from tests import made_up
from tests.frames.engines import TAKEN, TYPES, VIDEOS, Video, expected, nw, pa, rows, table

#: Before version 4.2, Spark leaves its sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

# Random videos, and expressions that some of them meet

#: Characters with difficult case, length in some encoding, or meaning in a pattern or a literal.
ALPHABET = "aAbiIİıkK\u212asSſßẞσΣς\u0307éÉдДǆǅǄ𐐀𐐨🐈猫 \0\n\t\\.*+?()[]{}^$|&-~<>#'\"%_/0x"
texts = st.text(st.sampled_from(ALPHABET) | st.characters(exclude_categories=["Cs"]), max_size=4)
words = texts.filter(lambda text: ACCEPTS["username"](text) and ACCEPTS["hashtag_name"](text))
COUNTS = st.sampled_from([0, 1, 2, 3, 5, 2**53, 2**53 + 1, INT64_MAX - 1, INT64_MAX]).map(str)
VALUES = {
    "create_date": st.sampled_from(
        ["00010101", "19691231", "19700101", "20240229", "20240301", "20250101", "99991231"]
    ),
    "username": words,
    "region_code": st.sampled_from(["US", "GB", "JP"]),
    "video_id": st.integers(1, 9).map(str),
    "hashtag_name": words,
    "keyword": words,
    "music_id": st.sampled_from(["1", "2", str(2**53), str(2**53 + 1), str(INT64_MAX - 1), str(INT64_MAX)]),
    "effect_id": st.sampled_from(["0", "1", "2", str(INT64_MAX)]),
    "video_length": st.sampled_from(LENGTHS),
    "view_count": COUNTS,
    "comment_count": COUNTS,
}


@st.composite
def some_conditions(draw: st.DrawFn) -> Condition:
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    operation = draw(st.sampled_from(sorted(field.operations)))
    most = 7 if operation == "IN" else 1
    values = draw(st.lists(VALUES[field.name], min_size=1, max_size=most, unique=True))
    return Condition(field.name, operation, values)


expressions: st.SearchStrategy[Expression] = st.recursive(
    some_conditions(),
    lambda inner: st.one_of(
        inner.map(lambda term: ~term),
        st.lists(inner, min_size=1, max_size=4).map(all_of),
        st.lists(inner, min_size=1, max_size=4).map(any_of),
        st.lists(inner, min_size=1, max_size=4).map(none_of),
    ),
    max_leaves=8,
)


def some_videos(chance: random.Random, expr: Expression, number: int = 100) -> list[Video]:
    """Videos that carry the expression's values in about half the places, also with nulls and empty lists."""
    asked: dict[str, list[str]] = {name: [] for name in FIELDS}
    for condition in conditions(expr):
        asked[condition.field_name] += condition.field_values

    def one(field: str, *others: str) -> str:
        return chance.choice([*asked[field], *others])

    def written(text: str) -> str:
        return "".join(chance.choice(spellings(character)) for character in text)

    def count(text: str) -> int:
        return min(max(int(text) + chance.choice([-1, 0, 0, 1]), 0), INT64_MAX)

    def video(place: int) -> Video:
        said = [one("keyword", "", "a", "\0"), one("keyword", "x")[:-1], one("keyword", "ßa")[1:], one("username", "İ")]
        names = [one("hashtag_name", "b"), lowered(one("hashtag_name", "a")), lowered(one("hashtag_name", "a"))]
        day = datetime.strptime(one("create_date", "19691231", "20240301"), "%Y%m%d")
        moment = (day - datetime(1970, 1, 1)) // timedelta(seconds=1)
        second = moment + chance.choice([-1, 0, 1, 43_200, 86_399, 86_400])
        music = one("music_id", "3", "")
        return {
            "id": place,
            "create_time": min(max(second, FIRST_SECOND), LAST_SECOND),
            "username": chance.choice([one("username", "x"), written(one("username", "x"))]),
            "region_code": one("region_code", "FR", "ZZ"),
            "video_description": "".join(map(written, chance.choices(said, k=chance.randrange(4)))),
            "hashtag_names": chance.choice([None, [], chance.choices(names, k=chance.randrange(4))]),
            "effect_ids": chance.choice([None, [], [one("effect_id", "0"), one("effect_id", "3")]]),
            "music_id": int(music) if music else None,
            "video_duration": chance.choice([0, 14, 15, 60, 61, 300, 301]),
            **{name: count(one(name, "0", "4")) for name in ("view_count", "comment_count")},
        }

    videos = [video(place) for place in range(1, number + 1)]
    for field in chance.choices(sorted({field.video_field for field in FIELDS.values()}), k=5):
        chance.choice(videos)[field] = None
    return videos


class TestLaw:
    """A frame keeps the rows that `matcher` keeps."""

    @pytest.mark.parametrize("name", TAKEN)
    @given(expressions, st.integers(0, 2**32))
    def test_in_every_engine(self, name: str, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        assert rows(frames.filter(TAKEN[name](table(videos)), expr)) == expected(expr, videos)

    @given(expressions, st.integers(0, 2**32))
    @settings(max_examples=25)
    def test_in_spark(self, spark: Any, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        assert rows(frames.filter(spark.createDataFrame(table(videos)), expr)) == expected(expr, videos)

    @pytest.mark.parametrize("name", TAKEN)
    @given(expressions, st.integers(0, 2**32))
    @settings(max_examples=30)
    def test_by_the_bare_expression(self, name: str, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        held = nw.from_native(TAKEN[name](table(videos)))
        assert rows(held.filter(frames.expression(expr)).to_native()) == expected(expr, videos)
        assert rows(held.filter(~frames.expression(expr)).to_native()) == sorted(
            {*range(len(videos))} - {*expected(expr, videos)}
        )

    @pytest.mark.parametrize("name", TAKEN)
    @given(expressions, st.integers(0, 2**32))
    @settings(max_examples=30)
    def test_with_ids_as_text_and_effects_as_numbers(self, name: str, expr: Expression, seed: int) -> None:
        videos = some_videos(random.Random(seed), expr)
        for video in videos:
            for field in ("id", "music_id"):
                video[field] = None if video[field] is None else str(video[field])
            video["effect_ids"] = None if video["effect_ids"] is None else list(map(int, video["effect_ids"]))
        types = TYPES
        for field, kind in (("id", pa.string()), ("music_id", pa.string()), ("effect_ids", pa.list_(pa.int64()))):
            types = types.set(types.get_field_index(field), pa.field(field, kind))
        assert rows(frames.filter(TAKEN[name](table(videos, types)), expr)) == expected(expr, videos)

    def test_in_every_script_and_with_every_character_that_means_something(self, engine: Any) -> None:
        """Each keyword with each description, in one engine query per keyword."""
        words = ["kedi", "KEDİ", "ΟΔΟΣ", "οδός", "ß", "ẞ", "ss", "кот", "𐐀x", "猫", "🐈", "a\0b", "a\nb", "i\u0307"]
        words += [f"a{character}b" for character in "\\.*+?()[]{}^$|&-~<>#'\"%_/ \t"]
        held = [spelt for word in words for spelt in (word, word.swapcase(), word[::-1])]
        around = [("", ""), ("x", "\n"), ("İ", "🐈")]
        videos = [{"video_description": f"{left}{one}{right}"} for one in held for left, right in around]
        types = pa.schema([TYPES.field("video_description")])
        frame = engine(table(videos, types))
        for word in words:
            assert rows(frames.filter(frame, Keyword == word)) == expected(Keyword == word, videos), word


def nested(depth: int, width: int = 1) -> Expression:
    """An expression with this depth of alternating & and |, and this number of conditions at each level."""
    expr: Expression = Region == "US"
    for n in range(depth // 2):
        expr = any_of(expr, *(Keyword == f"a{n}_{m}" for m in range(width)))
        expr = all_of(expr, *(Username != f"b{n}_{m}" for m in range(width)))
    return expr


def wide(number: int) -> dict[str, Expression]:
    """Expressions with this number of conditions, of each shape."""
    return {
        "any of one field": any_of(Hashtag == f"tag{n}" for n in range(number)),
        "any of several": any_of(f == f"b{n}" for n in range(number // 3) for f in (Hashtag, Keyword, Username)),
        "none": all_of(Keyword != f"b{n}" for n in range(number - 1)) & (Region == "US"),
        "all carried": all_of(Hashtag == f"tag{n}" for n in range(number)),
        "days": any_of(CreateDate == date(1990, 1, 1) + timedelta(2 * n) for n in range(number)),
        "pairs": any_of((Hashtag == f"t{n}") & ~(Keyword == f"k{n}") for n in range(number // 2)),
        "nested": nested(20, number // 20),
    }


class TestConstants:
    """A condition that allows every value, or none, needs only the column."""

    @pytest.mark.parametrize(
        ("expr", "kept"),
        [
            (CreateDate >= "00010101", [0, 1]),
            (CreateDate < "00010102", []),
            (Condition("create_date", "GT", ["99991231"]), []),
            ((Condition("create_date", "GT", ["99991231"]) & (Region == "US")) | (Length == "SHORT"), [1]),
            (((CreateDate >= "00010101") & ((Region == "US") | (Length == "SHORT"))) & (Username != "bob"), [0]),
            (((CreateDate >= "00010101") & ((Region == "FR") | (Length == "SHORT"))) | (Username == "ann"), [0, 1]),
        ],
        ids=repr,
    )
    def test_it_is_left_out(self, engine: Any, expr: Expression, kept: list[int]) -> None:
        frame = engine(table(VIDEOS))
        assert rows(frames.filter(frame, expr)) == kept
        assert rows(frames.filter(frame, ~expr)) == sorted({0, 1} - set(kept))
        bare = nw.from_native(frame).filter(frames.expression(expr))
        assert rows(bare.to_native()) == kept


class TestSize:
    @pytest.mark.parametrize("shape", wide(20))
    def test_a_thousand_conditions(self, engine: Any, shape: str) -> None:
        frame = engine(table(VIDEOS))
        # Spark takes about 8 ms per condition, and tests should not take minutes
        expr = wide(250 if nw.from_native(frame).implementation.is_pyspark() else 1_000)[shape]
        assert rows(frames.filter(frame, expr)) == expected(expr, VIDEOS)

    def test_ten_times_as_many_take_about_ten_times_as_long(self) -> None:
        pl = pytest.importorskip("polars")
        frame = pl.DataFrame(table(VIDEOS))

        def seconds(number: int) -> float:
            started = time.process_time()
            for expr in wide(number).values():
                frames.filter(frame, expr)
            return time.process_time() - started

        seconds(20)
        assert seconds(1_000) < 50 * seconds(100)

    def test_in_duckdb_ten_times_as_many_alternatives_take_about_ten_times_as_long(self) -> None:
        frame = pytest.importorskip("duckdb").from_arrow(table(VIDEOS))

        def seconds(number: int) -> float:
            pairs = any_of((Hashtag == f"t{n}") & (Keyword == f"k{n}") for n in range(number))
            started = time.process_time()
            assert rows(frames.filter(frame, pairs | (Region == "US"))) == [0]
            return time.process_time() - started

        seconds(20)
        assert seconds(2_000) < 30 * seconds(200)

    def test_nesting_as_deep_as_is_allowed(self, engine: Any) -> None:
        expr = nested(60)
        assert rows(frames.filter(engine(table(VIDEOS)), expr)) == expected(expr, VIDEOS) == [0]

    @pytest.mark.parametrize("depth", [70, 20_000])
    def test_deeper_nesting_is_refused_in_each_engine_alike(self, engine: Any, depth: int) -> None:
        frame = engine(table(VIDEOS))
        expr = nested(depth)
        for ask in (lambda: frames.filter(frame, expr), lambda: frames.expression(expr)):
            with pytest.raises(ValidationError) as refused:
                ask()
            assert str(refused.value) == (
                "frames: & and | are nested more than 64 deep in turn, and engines fail on what is much deeper; nest "
                "less, or keep the rows for which matcher(...) is true"
            )

    def test_many_conditions_are_not_deep(self) -> None:
        expr = any_of(nested(40), *((Region == "JP") & (Keyword == f"x{n}") for n in range(5_000)))
        assert isinstance(frames.expression(expr), nw.Expr)

    def test_thousands_of_keywords(self, engine: Any) -> None:
        expr = Keyword.in_(*(f"кот{n}" for n in range(5_000)), "CAT")
        assert rows(frames.filter(engine(table(VIDEOS)), expr)) == [0]


class TestColumnsOfTheUsers:
    @pytest.mark.parametrize("name", ["__querydsl_0__", "__QUERYDSL_0__"])
    def test_a_column_of_any_name_stays(self, engine: Any, name: str) -> None:
        expr = Hashtag.in_(*(f"x{n}" for n in range(50)), "cat")
        kept = frames.filter(engine(table(VIDEOS).append_column(name, pa.array(["mine", "yours"]))), expr)
        assert rows(kept) == [0]
        assert nw.from_native(kept).collect_schema().names()[-1] == name
        assert nw.from_native(kept).lazy().select(name).collect()[name].to_list() == ["mine"]


class TestFieldsThatTheTablesGain:
    """A condition field is stated in the tables, and found in frames without a change in `frames`."""

    @pytest.mark.parametrize(
        ("name", "values", "held"),
        [
            ("sound_name", ("Lo-fi",), ["Lo-fi", "lo-fi", None]),
            ("sound_name", ("lo-fi", "jazz"), ["jazz", "jazz ", None]),
            ("sticker_id", ("5",), [["4", "5"], ["4"], None]),
            ("posted_on", ("19700102",), [86_400, 86_399, None]),
            ("sound_id", ("5",), [5, 6, None]),
        ],
    )
    def test_it_is_filtered(
        self, monkeypatch: pytest.MonkeyPatch, engine: Any, name: str, values: tuple[str], held: list[Any]
    ) -> None:
        made_up.add(monkeypatch, name)
        expr = made_up.condition(name, "IN", *values)
        frame = engine(pa.table({f"{name}_held": held, "row": [0, 1, 2]}))
        assert rows(frames.filter(frame, expr)) == [0]
        assert rows(frames.filter(frame, ~expr)) == [1]

    @pytest.mark.parametrize("kind", [pa.int64(), pa.string()], ids=str)
    def test_an_order_that_the_value_sets_gain_is_that_of_numbers(
        self, monkeypatch: pytest.MonkeyPatch, engine: Any, kind: Any
    ) -> None:
        made_up.order_ids(monkeypatch)
        frame = engine(pa.table({"row": [0, 1, 2], "id": pa.array([5, 6, 10]).cast(kind)}))
        assert rows(frames.filter(frame, made_up.condition("video_id", "GT", "5"))) == [1, 2]
        assert rows(frames.filter(frame, made_up.condition("video_id", "IN", "5", "10", "11"))) == [0, 2]

    @pytest.mark.parametrize(("name", "value"), [("video_id", "5"), ("username", "ann"), ("hashtag_name", "cat")])
    def test_an_operation_that_the_field_does_not_know_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        made_up.allow(monkeypatch, name, "GT")
        with pytest.raises(NotImplementedError, match=rf"{name} GT"):
            frames.filter(table(VIDEOS), made_up.condition(name, "GT", value))


class TestImport:
    def test_the_error_says_what_to_install(self) -> None:
        program = "import sys; sys.modules['narwhals'] = None\nimport querydsl.frames"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert done.stderr.strip().endswith("querydsl.frames needs narwhals; write: pip install 'querydsl[frames]'")

    def test_the_tests_run_where_only_one_engine_is_installed(self) -> None:
        program = (
            "import sys, pytest\n"
            "for name in ('polars', 'duckdb', 'pandas', 'pyspark'): sys.modules[name] = None\n"
            "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-k', 'numbers_are', 'tests/frames']))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTEST_ADDOPTS": ""},  # in one process, which lacks the other engines
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
