"""Matching videos, compared with a second, deliberately simple implementation."""

from __future__ import annotations

from collections import UserDict
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querydsl import (
    Condition,
    CreateDate,
    EffectId,
    Expression,
    Hashtag,
    Keyword,
    Length,
    MissingFieldError,
    MusicId,
    QueryDSLError,
    Region,
    Username,
    VideoId,
    any_of,
    matcher,
    matches,
)
from querydsl.language.expressions import conditions
from querydsl.matching.letter_case import folded, spellings
from querydsl.tables import FIELDS, VIDEO_FIELDS
from tests import made_up
from tests.compiler.test_queries import small_expressions
from tests.worlds import distinguishable, holds

#: The Video fields that conditions read, and that a video must have.
NEEDED = sorted({field.video_field for field in FIELDS.values() if not VIDEO_FIELDS[field.video_field].may_be_absent})

VIDEO = {
    "id": 702874395068494965,
    "create_time": 1633823999,
    "username": "ann",
    "region_code": "CA",
    "video_duration": 61,
    "video_description": "LOL #pov #Avengers",
    "hashtag_names": ["avengers", "pov"],
    "music_id": 703847506349838790,
    "effect_ids": ["0"],
    "view_count": 5,
    "comment_count": 0,
}


class TestMatcher:
    @given(small_expressions())
    def test_it_agrees_with_the_simple_reading_for_every_distinguishable_video(self, expression: Expression) -> None:
        matching = matcher(expression)
        for video in distinguishable(expression):
            expected = holds(expression, video)
            assert matching(video) is expected
            assert matching(SimpleNamespace(**video)) is expected

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            (CreateDate == "20211009", True),
            (CreateDate < "20211009", False),
            (CreateDate.in_("20211009", "20300101"), True),
            (CreateDate > "20211009", False),
            (Username == "ann", True),
            (Username == "Ann", False),
            (Region.in_("CA", "US"), True),
            (VideoId == 702874395068494965, True),
            (VideoId == 702874395068494966, False),
            (Hashtag == "Avengers", True),
            (Hashtag == "avenger", False),
            (Keyword == "lol #POV", True),
            (Keyword == "lol  #POV", False),
            (Keyword.in_("cat", "pov"), True),
            (MusicId == "703847506349838790", True),
            (EffectId == 0, True),
            (EffectId.in_(1, 2), False),
            (Length == "LONG", True),
            (Length.in_("SHORT", "EXTRA_LONG"), False),
        ],
        ids=repr,
    )
    def test_each_field_by_its_rule(self, expression: Expression, expected: bool) -> None:
        assert matches(expression, VIDEO) is expected
        assert matches(~expression, VIDEO) is not expected
        assert matches(expression, UserDict(VIDEO)) is expected
        assert matches(expression, SimpleNamespace(**VIDEO)) is expected

    @pytest.mark.parametrize(
        ("seconds", "length"),
        [
            (0, "SHORT"), (14, "SHORT"), (14.9, "SHORT"), (15, "MID"), (60, "MID"), (60.1, "LONG"), (61, "LONG"),
            (300, "LONG"), (301, "EXTRA_LONG"), (86_400, "EXTRA_LONG"),
        ],
    )  # fmt: skip
    def test_a_duration_has_one_length(self, seconds: float, length: str) -> None:
        video = {"video_duration": seconds}
        assert [name for name in ("SHORT", "MID", "LONG", "EXTRA_LONG") if matches(Length.eq(name), video)] == [length]

    @pytest.mark.parametrize("seconds", [0, 1_633_823_999, 1_633_824_000, -1], ids=str)
    def test_the_day_is_the_one_in_utc(self, seconds: int) -> None:
        day = {0: "19700101", 1_633_823_999: "20211009", 1_633_824_000: "20211010", -1: "19691231"}[seconds]
        assert matches(CreateDate == day, {"create_time": seconds})
        assert matches(CreateDate.in_(day, "20300101"), {"create_time": seconds})
        assert matches(CreateDate.between(day, day), {"create_time": seconds})

    @pytest.mark.parametrize("count", range(9))
    def test_counts_are_compared_by_their_order(self, count: int) -> None:
        video = {"view_count": count}

        def view_count(operation: str, *values: str) -> Expression:
            return Condition("view_count", operation, values)

        assert matches(view_count("GT", "4") & view_count("LT", "6"), video) is (count == 5)
        assert matches(view_count("GTE", "4") & view_count("LTE", "6"), video) is (4 <= count <= 6)
        assert matches(view_count("EQ", "5"), video) is (count == 5)
        assert matches(view_count("IN", "2", "7") | view_count("EQ", "3"), video) is (count in {2, 3, 7})
        assert matches(view_count("GTE", "0"), video)
        assert not matches(view_count("LT", "0"), video)

    def test_ids_may_be_numbers_or_text(self) -> None:
        assert matches(VideoId == 5, {"id": "5"})
        assert matches(EffectId == "5", {"effect_ids": [5]})

    def test_the_id_may_be_called_video_id(self) -> None:
        assert matches(VideoId == 5, {"video_id": 5})
        assert matches(VideoId == 5, SimpleNamespace(video_id=5))


class TestCase:
    @pytest.mark.parametrize(
        ("keyword", "description"),
        [
            ("CATS", "cats"), ("istanbul", "İSTANBUL"), ("İstanbul", "ISTANBUL"), ("kelvin", "\u212aelvin"),
            ("ΟΔΟΣ", "η οδός, η οδος"), ("οδος", "ΟΔΟΣ!"), ("σ", "Σ"), ("οσα", "ΟΣΑ"), ("ẞ", "ß"), ("КОТ", "кот"),
            ("𐐀", "𐐨"), ("a\0b", "A\0B"), ("🐈", "🐈"),
        ],
    )  # fmt: skip
    def test_it_makes_no_difference_in_a_description(self, keyword: str, description: str) -> None:
        assert matches(Keyword == keyword, {"video_description": description})
        assert matches(Keyword.in_("zzz", keyword), {"video_description": description})

    @pytest.mark.parametrize(
        ("keyword", "description"), [("ss", "ß"), ("STRASSE", "straße"), ("ı", "I"), ("i\u0307", "İ"), ("é", "e\u0301")]
    )
    def test_a_character_never_becomes_two_or_another_letter(self, keyword: str, description: str) -> None:
        assert not matches(Keyword == keyword, {"video_description": description})

    @given(st.text(alphabet=st.sampled_from("aIiİıΣσςßẞkK\u212a\u0307 Å\u212bǅ"), min_size=1), st.text())
    def test_a_description_in_another_case_holds_the_keyword_too(self, word: str, around: str) -> None:
        if word.strip() == "":
            return
        for written in (word, folded(word), "".join(spellings(character)[0] for character in word)):
            assert matches(Keyword == word, {"video_description": around + written + around})

    @pytest.mark.parametrize(
        ("tag", "name"), [("CapCut", "capcut"), ("İstanbul", "istanbul"), ("ΟΔΟΣ", "οδοσ"), ("οδος", "οδος")]
    )
    def test_a_hashtag_is_compared_in_lower_case(self, tag: str, name: str) -> None:
        assert matches(Hashtag == tag, {"hashtag_names": [name]})
        assert matches(Hashtag.in_("zzz", tag), {"hashtag_names": [name]})


class TestAbsentFields:
    @pytest.mark.parametrize("expression", [Hashtag == "a", EffectId == 1, MusicId == 1], ids=repr)
    def test_a_field_that_the_api_omits_counts_as_empty(self, expression: Expression) -> None:
        field = FIELDS[next(conditions(expression)).field_name].video_field
        for video in ({}, {field: None}, SimpleNamespace(), SimpleNamespace(**{field: None}), UserDict()):
            assert matches(expression, video) is False
            assert matches(~expression, video) is True

    @pytest.mark.parametrize("field", NEEDED)
    @pytest.mark.parametrize("lacking", ["absent", "None"])
    def test_any_other_field_must_exist_for_any_other_conditions(self, field: str, lacking: str) -> None:
        everything = any_of(
            Hashtag == "pov", CreateDate == "20211009", Username == "ann", Region == "CA",
            VideoId == 702874395068494965, Keyword == "lol", Length == "LONG",
            Condition("view_count", "EQ", ["5"]), Condition("comment_count", "GT", ["0"]),
        )  # fmt: skip
        video: dict[str, object] = {**VIDEO, field: None}
        if lacking == "absent":
            del video[field]
        for one in (video, UserDict(video), SimpleNamespace(**video)):
            for expression in (everything, ~everything):
                with pytest.raises(MissingFieldError) as caught:
                    matches(expression, one)
                assert caught.value.field == field
                assert isinstance(caught.value, QueryDSLError)

    def test_fields_that_the_expression_does_not_name_may_be_missing(self) -> None:
        assert matches(Region == "CA", {"region_code": "CA"})

    def test_the_error_names_the_field(self) -> None:
        with pytest.raises(MissingFieldError, match=r"^the video has no .username., which the expression needs$"):
            matches((Region == "US") & (Username == "ann"), {"region_code": "CA"})


class TestFieldsThatTheTablesGain:
    """A condition field is stated in the tables, and matched without a change here."""

    @pytest.mark.parametrize(
        ("name", "values", "held", "not_held"),
        [
            ("sound_name", ("Lo-fi",), "Lo-fi", "lo-fi"),
            ("sound_name", ("lo-fi", "jazz"), "jazz", "jazz "),
            ("sticker_id", ("5",), ["4", "5"], ["4"]),
            ("posted_on", ("19700102",), 86_400, 86_399),
            ("sound_id", ("5",), "5", 6),
        ],
    )
    def test_it_is_matched(self, monkeypatch, name, values, held, not_held):
        made_up.add(monkeypatch, name)
        expression = made_up.condition(name, "IN", *values)
        assert matches(expression, {f"{name}_held": held}) is True
        assert matches(expression, {f"{name}_held": not_held}) is False
        assert matches(~expression, {f"{name}_held": not_held}) is True
        with pytest.raises(MissingFieldError, match=f"{name}_held"):
            matches(expression, {})

    def test_an_order_that_the_value_sets_gain_is_that_of_numbers(self, monkeypatch):
        made_up.order_ids(monkeypatch)
        above = made_up.condition("video_id", "GT", "5")
        assert [matches(above, {"id": held}) for held in (5, 6, 10, "5", "6", "10")] == [False, True, True] * 2

    @pytest.mark.parametrize(("name", "value"), [("video_id", "5"), ("username", "ann"), ("hashtag_name", "cat")])
    @pytest.mark.parametrize("operation", ["GT", "GTE", "LT", "LTE"])
    def test_an_operation_that_the_field_does_not_know_is_refused_never_answered_wrongly(
        self, monkeypatch, name, value, operation
    ):
        made_up.allow(monkeypatch, name, operation)
        with pytest.raises(NotImplementedError, match=rf"{name} {operation}"):
            matches(made_up.condition(name, operation, value), {FIELDS[name].video_field: 6})


class Watched(str):
    """A description that records when a keyword is searched in it."""

    looked = False

    def isascii(self) -> bool:
        self.looked = True
        return super().isascii()


class TestOrder:
    """Tests with few steps run first, in any written order."""

    CHEAP = (
        Region == "US", Username.in_("a", "b"), VideoId == 5, MusicId == 5, EffectId.in_(1, 2), Length == "SHORT",
        CreateDate.between("20210101", "20211231"), Hashtag == "x", Hashtag.in_("x", "y"),
    )  # fmt: skip

    @pytest.mark.parametrize("cheap", CHEAP, ids=repr)
    def test_a_keyword_is_looked_for_last(self, cheap: Expression) -> None:
        said = Keyword.in_("lol", "pov")
        for words in (Keyword == "lol", said, said | (Hashtag == "none"), ~(Keyword == "none") & (Hashtag == "pov")):
            for decided in (words & cheap, words | ~cheap, ~(words & cheap), any_of(words & cheap, Region == "FR")):
                asked = decided if matches(cheap, VIDEO) is False else ~(words | cheap)
                video = {**VIDEO, "video_description": Watched("lol #pov")}
                matches(asked, video)
                assert not video["video_description"].looked
        assert matches(said, video)
        assert video["video_description"].looked


class TestSize:
    def test_no_depth_is_too_deep(self) -> None:
        expression: Expression = Hashtag == "x"
        for _ in range(10_000):
            expression = (Hashtag == "a") & ((Keyword == "b") | ~expression)
        assert matches(expression, {"hashtag_names": ["a"], "video_description": "b"})

    def test_ten_thousand_alternatives_are_one_look_up(self) -> None:
        matching = matcher(any_of(Hashtag == f"tag{n}" for n in range(10_000)))
        assert matching({"hashtag_names": ["tag9999"]})
        assert not matching({"hashtag_names": ["tag10000"]})

    @given(st.text(min_size=1).filter(lambda text: text.strip() != "" and text.isprintable()))
    def test_no_text_of_the_users_is_ever_run(self, text: str) -> None:
        assert matches(Keyword == text, {"video_description": f"before {text} after"})


class TestSharedParts:
    def test_a_shared_part_is_evaluated_once(self):
        """Parity of n conditions, built step by step, has 2 ** n leaves if written out."""
        parity, tags = Hashtag == "t0", [f"t{n}" for n in range(1, 300)]
        for tag in tags:
            parity = (parity & ~(Hashtag == tag)) | (~parity & (Hashtag == tag))
        is_odd = matcher(parity)
        assert [is_odd({"hashtag_names": tags[:count]}) for count in (0, 1, 2, 151, 298, 299)] == [
            False, True, False, True, False, True,
        ]  # fmt: skip

    def test_a_group_of_itself_is_asked_once(self):
        doubled = (Hashtag == "cat") | (Keyword == "dog")
        for _ in range(60):
            doubled = doubled & doubled
        assert matcher(doubled)({"hashtag_names": ["cat"], "video_description": ""})

    @given(small_expressions(4), small_expressions(4))
    def test_it_means_the_same(self, one, other):
        shared = (one & ~other) | (~one & other)
        shared = (shared & ~one) | (~shared & other) | (one & other & shared)
        is_met = matcher(shared)
        for video in distinguishable(one, other):
            assert is_met(video) is holds(shared, video)


class TestWhatIsNoExpression:
    @pytest.mark.parametrize(
        ("given", "shown"),
        [("region_code == 1", "'region_code == 1'"), (5, "5"), (None, "null"), ((Region == "US") & ~Length, None)],
    )
    def test_it_is_refused(self, given, shown):
        with pytest.raises(TypeError, match="only an expression can be matched; compare the field first") as refused:
            matcher(given)
        assert shown is None or str(refused.value).startswith(f"{shown}: ")
