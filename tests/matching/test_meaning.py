"""The meaning of a condition for a video, from the tables alone."""

from __future__ import annotations

import attrs
import pytest

from querydsl import (
    Condition,
    CreateDate,
    EffectId,
    Hashtag,
    Keyword,
    Length,
    MusicId,
    Region,
    Username,
    VideoId,
)
from querydsl.matching.meaning import (
    HasMember,
    HasPart,
    Listed,
    OneOf,
    Ranges,
    fields_of,
    holds,
    in_one_run,
    joined,
    may_be_absent,
)
from querydsl.matching.meaning import (
    test_of as meaning_of,  # otherwise pytest would collect it as a test
)
from querydsl.tables import FIELDS
from tests import made_up

DAY = 86_400


class TestFields:
    def test_each_is_named_once_in_the_order_written(self):
        fields = fields_of((Region == "US") & ((Length == "SHORT") | (Region == "JP")))
        assert [field.name for field in fields] == ["region_code", "video_length"]

    @pytest.mark.parametrize(
        ("name", "held"),
        [
            ("create_date", "time"), ("username", "text"), ("video_id", "id"), ("hashtag_name", "list of text"),
            ("keyword", "text"), ("effect_id", "list of ids"), ("video_length", "number"), ("view_count", "count"),
        ],
    )  # fmt: skip
    def test_the_required_type_follows_from_the_field_type_and_the_form(self, name, held):
        assert holds(FIELDS[name]) == held

    def test_only_fields_marked_in_the_table_may_be_absent(self):
        absent = {field.video_field for field in FIELDS.values() if may_be_absent(field)}
        assert absent == {"hashtag_names", "effect_ids", "music_id"}

    @pytest.mark.parametrize("name", ["is_stem_verified", "video_label"])
    def test_a_video_field_of_another_type_is_refused(self, name):
        field = attrs.evolve(FIELDS["username"], video_field=name)
        with pytest.raises(NotImplementedError, match=f"^username: a condition cannot be compared with {name}"):
            holds(field)


class TestMeaning:
    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (Username == "ann", OneOf(("ann",))),
            (Region.in_("US", "JP"), OneOf(("JP", "US"))),
            (VideoId == 5, OneOf(("5",))),
            (MusicId.in_(5, 6), OneOf(("5", "6"))),
            (Hashtag.in_("Cat", "cat"), HasMember(("cat",))),
            (EffectId == 0, HasMember(("0",))),
            (Keyword == "ΟΔΟΣ", HasPart(("οδοσ",))),
            (CreateDate == "19700102", Listed((1,), DAY)),
            (CreateDate.in_("19700102", "19691231"), Listed((-1, 1), DAY)),
            (CreateDate > "19700102", Ranges((((">=", 2 * DAY), None),))),
            (CreateDate <= "19700102", Ranges(((None, ("<", 2 * DAY)),))),
            (CreateDate >= "00010101", Ranges(((None, None),))),
            (Condition("create_date", "LT", ["00010101"]), Listed((), DAY)),
            (Condition("view_count", "EQ", ["5"]), Listed((5,))),
            (Condition("view_count", "IN", ["7", "5"]), Listed((5, 7))),
            (Condition("view_count", "GT", ["4"]), Ranges((((">=", 5), None),))),
            (Condition("comment_count", "LT", ["6"]), Ranges(((None, ("<=", 5)),))),
            (Condition("comment_count", "GTE", ["0"]), Ranges(((None, None),))),
            (Condition("comment_count", "LT", ["0"]), Listed(())),
            (Length == "SHORT", Ranges(((None, ("<", 15)),))),
            (Length.in_("LONG", "MID"), Ranges((((">=", 15), ("<=", 300)),))),
            (Length.in_("SHORT", "LONG"), Ranges(((None, ("<", 15)), ((">", 60), ("<=", 300))))),
            (Length.in_("SHORT", "MID", "LONG", "EXTRA_LONG"), Ranges(((None, None),))),
        ],
        ids=repr,
    )
    def test_each_way_to_compare(self, condition, expected):
        assert meaning_of(condition) == expected

    def test_a_way_to_compare_that_nobody_knows_is_refused(self, monkeypatch):
        made_up.add(monkeypatch, "sound_name", compared="backwards")
        with pytest.raises(NotImplementedError, match=r"^sound_name: nothing here compares a value as 'backwards'$"):
            meaning_of(made_up.condition("sound_name", "EQ", "lo-fi"))

    @pytest.mark.parametrize("name", ["hashtag_name", "keyword", "effect_id", "username", "region_code"])
    def test_an_order_of_values_that_have_none_is_refused(self, monkeypatch, name):
        made_up.allow(monkeypatch, name, "GT")
        with pytest.raises(NotImplementedError, match=r"GT"):
            meaning_of(made_up.condition(name, "GT", FIELDS[name].example))

    @pytest.mark.parametrize(
        ("like", "compared", "message"),
        [
            ("sticker_id", "same", "several values are not compared as 'same'"),
            ("posted_on", "duration", "only the lengths of the table are compared as a duration"),
            ("sound_name", "among", "a single value is not compared as 'among'"),
        ],
    )
    def test_a_way_to_compare_that_does_not_go_with_the_values_is_refused(self, monkeypatch, like, compared, message):
        made_up.add(monkeypatch, like, compared=compared)
        with pytest.raises(NotImplementedError, match=f"^{like}: {message}$"):
            meaning_of(made_up.condition(like, "EQ", FIELDS[like].example))


class TestSeveral:
    def test_values_of_one_field_become_one_set(self):
        assert joined([OneOf(("a", "b")), OneOf(("b", "c"))]) == [OneOf(("a", "b", "c"))]
        assert joined([Listed((1,), DAY), Listed((3,), DAY)]) == [Listed((1, 3), DAY)]

    def test_tests_that_cannot_be_joined_stay_separate(self):
        others = [OneOf(("a",), excluded=True), Ranges(((None, None),))]
        assert joined([*others, OneOf(("b",))]) == [OneOf(("b",)), *others]

    @pytest.mark.parametrize(
        ("listed", "run"),
        [
            (Listed((4, 6, 5)), ((">=", 4), ("<=", 6))),
            (Listed((1,), DAY), ((">=", DAY), ("<", 2 * DAY))),
            (Listed((4, 6)), None),
            (Listed(()), None),
        ],
    )
    def test_numbers_without_a_gap_are_a_range(self, listed, run):
        assert in_one_run(listed) == run
