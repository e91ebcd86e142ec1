"""Made-up videos like those of the API: the same for the same arguments, on every Python and machine.

All variation comes from the bits of one generator. Names, texts and hashtags take long, so they are made once, in
pools: a hundred thousand videos take about half a second. A third of the time goes to the garbage collector, which
visits every list: so a video omits a field instead of having an empty list.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any, Final
from zlib import crc32

import attrs

from ..errors import Problem, ValidationError
from ..moments import SECONDS_A_DAY, start_of_day
from ..showing import in_python
from ..spec.values import as_day, day_text
from ..tables import LENGTH_SECONDS, REGION_CODES
from . import words

_Video = dict[str, Any]

#: The start of every error message, for each caller.
_NAME: Final = "corpus"

#: By default a corpus starts on this day, and ends with its month.
FIRST_DAY: Final = date(2023, 1, 1)

#: The most months of a calendar: a sandbox should have a few hundred thousand videos at most.
_MOST_MONTHS: Final = 60

#: The first and last day that an id can express: it starts with the second of creation, and is an int64.
_ID_DAYS: Final = (date(1970, 1, 2), date(2038, 1, 18))


def corpus(n: int, seed: int = 0, start: date | str | None = None, end: date | str | None = None) -> list[_Video]:
    """`n` videos with the documented fields, created from start to end (UTC days, both included), newest first.

    Ids grow with `create_time`, as TikTok's do. The days are given like values of `CreateDate`; the default is January
    2023. With only `start`, the days end with its month; with only an `end` before 2023, they start with its month. A
    video without a playlist, mentions, stickers, effects or a label lacks that field. All other documented fields are
    there, even where the API omits empty ones.

    Raises ValidationError for an invalid number of videos or seed, and for days that no id can express.

    >>> newest, *others = corpus(1_000)
    >>> newest["username"], newest["region_code"], newest["hashtag_names"]
    ('budi_kai1866', 'US', ['election', 'democracy'])
    >>> corpus(1_000) == [newest, *others]
    True
    """
    _check_number("n", n)
    if type(seed) is not int:
        raise ValidationError(
            [Problem("error", "type", "", f"seed={in_python(seed)} is no whole number", "give one")], _NAME
        )
    days = _days(start, end)
    random = Random(seed)  # noqa: S311  # nothing here is a secret
    return _videos(n, random, _Pools.of(random.getrandbits), days, days)


def calendar(start: date | str, end: date | str, a_month: int = 5_000) -> list[_Video]:
    """Videos created from start to end (UTC days, both included), newest first.

    The videos of a day do not depend on the other days; a month has `a_month` videos. Raises ValidationError as
    `corpus` does, and for days in more than 60 months.

    >>> january = calendar("20230101", "20230131", a_month=100)
    >>> len(january), calendar("20230120", "20230210", a_month=100)[-1] in january
    (100, True)
    """
    _check_number("a_month", a_month)
    first, last = days = _days(start, end)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    if len(months) > _MOST_MONTHS:
        message = f"the days from {day_text(first)} to {day_text(last)} are of {len(months)} months"
        hint = f"give fewer days, of {_MOST_MONTHS} months at most"
        raise ValidationError([Problem("error", "date-span", "", message, hint)], _NAME)
    pools = _Pools.of(Random(0).getrandbits)  # noqa: S311  # the same creators in all months
    videos = []
    for month in reversed(months):
        random = Random(month)  # noqa: S311
        videos += _videos(a_month, random, pools, _month(date(month // 12, month % 12 + 1, 1)), days)
    return videos


def _videos(n: int, random: Random, pools: _Pools, span: tuple[date, date], kept: tuple[date, date]) -> list[_Video]:
    """`n` videos of the span, without those on days that are not kept."""
    base, after = _ids(span)
    moments = struct.unpack(f"<{n}Q", random.randbytes(8 * n))
    seconds = after - base >> 32
    ids = _distinct(sorted([base + (moment * seconds >> 32) for moment in moments], reverse=True))
    bits = struct.iter_unpack("<6H8B", random.randbytes(20 * n))
    least, beyond = _ids(kept)
    return [
        _video(video_id, some, pools) for video_id, some in zip(ids, bits, strict=True) if least <= video_id < beyond
    ]


def _ids(days: tuple[date, date]) -> tuple[int, int]:
    """The lowest id of the days, and the lowest id after them."""
    first, last = (start_of_day(day) << 32 for day in days)
    return first, last + (SECONDS_A_DAY << 32)


def _check_number(name: str, value: object) -> None:
    """Raise ValidationError if the value is not a valid number of videos."""
    if type(value) is not int or value < 0:
        hint = "give a whole number from 0 on"
        raise ValidationError(
            [Problem("error", "range", "", f"{name}={in_python(value)} is no number of videos", hint)], _NAME
        )


def _days(start: date | str | None, end: date | str | None) -> tuple[date, date]:
    """The two days. Raises ValidationError if no id can express them, or the end is before the start."""
    first = None if start is None else _held(as_day(start))
    last = None if end is None else _held(as_day(end))
    if first is None:
        first = FIRST_DAY if last is None or last >= FIRST_DAY else _month(last)[0]
    if last is None:
        last = _month(first)[1]
    if last < first:
        message = f"the end {day_text(last)} is before the start {day_text(first)}"
        raise ValidationError([Problem("error", "date-order", "", message, "swap the two")], _NAME)
    return first, last


def _held(day: date) -> date:
    """The day, if ids can express it."""
    earliest, latest = _ID_DAYS
    if not earliest <= day <= latest:
        hint = f"give days from {day_text(earliest)} to {day_text(latest)}"
        raise ValidationError([Problem("error", "date", "", f"no video id holds the day {day_text(day)}", hint)], _NAME)
    return day


def _month(day: date) -> tuple[date, date]:
    """The first and the last day of its month, as far as ids can express them."""
    earliest, latest = _ID_DAYS
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return max(first, earliest), min(last, latest)


def _distinct(descending: list[int]) -> list[int]:
    """The ids in order; a repeated id is increased by one."""
    for place in range(len(descending) - 2, -1, -1):
        if descending[place] <= descending[place + 1]:
            descending[place] = descending[place + 1] + 1
    return descending


# Pools


@attrs.frozen
class _Creator:
    username: str
    region_code: str
    #: The beginnings of descriptions in the creator's language: 64 of them.
    openings: tuple[str, ...]


@attrs.frozen
class _Tags:
    names: list[str]
    #: Hashtags, as at the end of a description.
    text: str
    info: list[_Video]


@attrs.frozen
class _Effects:
    ids: list[str]
    info: list[_Video]


#: Gives the requested number of random bits.
_Draw = Callable[[int], int]


@attrs.frozen
class _Pools:
    """The material of videos; the size of each pool is a power of two, so that some bits are an index."""

    creators: list[_Creator]
    tags: list[_Tags]
    music_ids: list[int]
    effects: list[_Effects]
    durations: list[int]

    @classmethod
    def of(cls, draw: _Draw) -> _Pools:
        return cls(
            creators=[_creator(draw, number) for number in range(4096)],
            tags=[_tags(draw) for _ in range(2048)],
            music_ids=[_new_id(draw) for _ in range(4096)],
            effects=_effects(draw),
            durations=[_duration(draw) for _ in range(1024)],
        )


def _new_id(draw: _Draw) -> int:
    """An id of 19 digits."""
    return 6 * 10**18 + draw(60)


def _pick(draw: _Draw, pool: tuple[str, ...]) -> str:
    return pool[draw(32) * len(pool) >> 32]


_REGIONS: Final = (
    *(code for code, weight in words.REGION_WEIGHTS.items() for _ in range(weight)),
    *REGION_CODES,
)


def _creator(draw: _Draw, number: int) -> _Creator:
    region_code = _pick(draw, _REGIONS)
    openings = words.OPENINGS[words.LANGUAGES.get(region_code, "en")]
    first, second = _pick(draw, words.NAME_PARTS), _pick(draw, words.NAME_PARTS)
    username = f"{first}{('_', '.', '')[number % 3]}{second}{number}"
    return _Creator(username, region_code, (openings * 64)[:64])


def _tags(draw: _Draw) -> _Tags:
    """Up to eight hashtags: of one topic, and some general ones."""
    topic = words.TOPICS[draw(32) * len(words.TOPICS) >> 32]
    names = [name for place, name in enumerate(topic) if draw(4) * (place + 1) < 12]
    if draw(2) != 0:
        names += [words.COMMON_TAGS[draw(3) & draw(3)] for _ in range(draw(2))]
    if draw(3) == 0:
        names = []
    names = list(dict.fromkeys(names))
    # names are lower-case even if the description has capitals
    text = " ".join(f"#{name.title() if draw(4) == 0 else name}" for name in names)
    return _Tags(names, text, [_tag_info(name) for name in names])


def _tag_info(name: str) -> _Video:
    info: _Video = {"hashtag_id": 10**10 + crc32(name.encode()), "hashtag_name": name}
    if name in words.COMMON_TAGS:
        info["hashtag_description"] = f"Videos with #{name}"
    return info


def _effects(draw: _Draw) -> list[_Effects]:
    """The effects of 256 videos: most have none, and some have the effect 0, which has no name."""
    known = [_effect_info(str(_new_id(draw)), number) for number in range(64)]
    some = [[known[place] for place in dict.fromkeys(draw(6) for _ in range(1 + draw(1)))] for _ in range(80)]
    named = [_Effects([info["effect_id"] for info in infos], infos) for infos in some]
    return [*(_Effects([], []) for _ in range(160)), *(_Effects(["0"], []) for _ in range(16)), *named]


def _effect_info(effect_id: str, number: int) -> _Video:
    name = f"{words.EFFECT_NAMES[number % len(words.EFFECT_NAMES)]} {number}"
    photo = f"https://p16-effects.example/{effect_id}.png"
    return {"effect_id": effect_id, "effect_name": name, "effect_photo_url": photo}


#: For each length: how many of sixteen videos have it, and their longest duration in seconds.
_LENGTHS: Final = ("SHORT",) * 6 + ("MID",) * 7 + ("LONG",) * 2 + ("EXTRA_LONG",)
_LONGEST: Final = 600


def _duration(draw: _Draw) -> int:
    first, last = LENGTH_SECONDS[_LENGTHS[draw(4)]]
    first = max(first, 3)
    return first + draw(16) % ((last or _LONGEST) - first + 1)


# Videos


def _video(video_id: int, bits: tuple[int, ...], pools: _Pools) -> _Video:
    who, tag, music, duration, counts, playlist, *small = bits
    likes, comments, shares, favorites, effects, opening, speech, rare = small
    creator = pools.creators[who & 4095]
    tags = pools.tags[tag & 2047]
    text = creator.openings[opening & 63]
    if rare == 0:
        text = words.ODD_OPENINGS[speech % len(words.ODD_OPENINGS)]
    effect = pools.effects[effects]
    # half of the videos have fewer than a thousand views, and one in a thousand has millions
    views = (counts & 1023) << (counts >> 10 & playlist & 15) >> (favorites & 3)
    likes = views * likes >> 10
    video = {
        "id": video_id,
        "video_description": f"{text} {tags.text}" if text and tags.text else text or tags.text,
        "create_time": video_id >> 32,
        "region_code": creator.region_code,
        "share_count": likes * shares >> 12,
        "view_count": views,
        "like_count": likes,
        "comment_count": likes * comments >> 11,
        # some pieces of music are used in very many videos
        "music_id": pools.music_ids[(music & 4095) >> (music >> 13)],
        "hashtag_names": tags.names.copy(),
        "username": creator.username,
        "effect_ids": effect.ids.copy(),
        "voice_to_text": _SPEECHES[speech & 63],
        "is_stem_verified": tag > 64_000,
        "favorites_count": likes * favorites >> 10,
        "video_duration": pools.durations[duration & 1023],
        "hashtag_info_list": tags.info.copy(),
    }
    if duration > 60_000:
        video["video_mention_list"] = [pools.creators[playlist & 4095].username]
    if playlist > 60_000:
        video["playlist_id"] = pools.music_ids[who & 4095] + 1
    if effect.info:
        video["effect_info_list"] = effect.info.copy()
    if playlist & 31 == 31:
        video["sticker_info_list"] = [_STICKERS[who >> 12]]
    if rare == 1:
        video["video_label"] = {"content": words.LABELS[speech % len(words.LABELS)], "type": 1}
    elif rare in _VIDEO_TAGS:
        video["video_tag"] = _VIDEO_TAGS[rare].copy()
    return video


_STICKERS: Final = tuple(
    {"sticker_id": str(7 * 10**18 + crc32(name.encode())), "sticker_name": name} for name in words.STICKER_NAMES
)

#: Labels of the creator or the platform, for some of 256 videos: made by AI (1: the creator says so, 2: it is),
#: advertising (1: a paid partnership, 7: the creator earns a commission).
_VIDEO_TAGS: Final[dict[int, list[_Video]]] = {
    rare: [{"type": kind, "number": number} for kind, number in tags]
    for rares, tags in (
        ((2, 3, 4, 5), [("AIGC Type", 1)]),
        ((6, 7), [("AIGC Type", 2)]),
        ((8, 9, 10), [("Branded Type", 1)]),
        ((11, 12), [("Branded Type", 7)]),
        ((13,), [("AIGC Type", 1), ("Branded Type", 1)]),
    )
    for rare in rares
}

#: Empty for three videos in four.
_SPEECHES: Final = (words.SPEECHES * 16)[:16] + ("",) * 48
