"""Made-up videos that look like those of the API: the same for the same arguments, on every Python and machine.

All that varies comes from bits of one generator; what takes long to make (names, texts, hashtags) is made once for a
pool, so that a hundred thousand videos take a fraction of a second.
"""

from __future__ import annotations

import gc
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from random import Random
from typing import Any, Final
from zlib import crc32

import attrs

from ..errors import Problem, ValidationError
from ..tables import LENGTH_SECONDS, REGION_CODES
from ..values import as_day, day_text
from . import words

_Video = dict[str, Any]

#: The month that a corpus is of when nothing else is said.
FIRST_DAY: Final = date(2023, 1, 1)
LAST_DAY: Final = date(2023, 1, 31)

_EPOCH: Final = date(1970, 1, 1)
#: An id begins with the second its video was created at, so that an int64 has room for these days only.
_ID_DAYS: Final = (date(1970, 1, 2), date(2038, 1, 18))
_DAY: Final = 86_400


def corpus(n: int, seed: int = 0, start: date | str = FIRST_DAY, end: date | str = LAST_DAY) -> list[_Video]:
    """`n` videos with the documented fields, created from start to end (UTC days, both included), newest first.

    Ids grow with `create_time`, as TikTok's do. The days are those of January 2023 unless others are given, and take
    what `CreateDate` takes. The fields are full, also where the API leaves empty ones out; only `playlist_id` is absent
    from most videos.

    >>> newest, *others = corpus(1_000)
    >>> newest["username"], newest["region_code"], newest["hashtag_names"]
    ('budi_kai1866', 'US', ['election', 'democracy'])
    >>> corpus(1_000) == [newest, *others]
    True
    """
    if n < 0:
        raise ValueError(f"corpus({n}): give the number of videos, 0 or more")
    first, last = _days(start, end)
    random = Random(seed)  # noqa: S311  # nothing here is a secret
    pools = _Pools.of(random.getrandbits)
    base = (first - _EPOCH).days * _DAY << 32
    seconds = ((last - first).days + 1) * _DAY
    moments = struct.unpack(f"<{n}Q", random.randbytes(8 * n))
    ids = _distinct(sorted([base + (moment * seconds >> 32) for moment in moments], reverse=True))
    bits = struct.iter_unpack("<6H8B", random.randbytes(20 * n))
    with _no_collection():
        return [_video(video_id, some, pools) for video_id, some in zip(ids, bits, strict=True)]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the garbage collector off: it would go through all that is made again and again, for half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _days(start: date | str, end: date | str) -> tuple[date, date]:
    """The two days; ValidationError where no id can hold them, or the end is before the start."""
    first, last = as_day(start), as_day(end)
    earliest, latest = _ID_DAYS
    for day in (first, last):
        if not earliest <= day <= latest:
            hint = f"give days from {day_text(earliest)} to {day_text(latest)}"
            problem = Problem("error", "date", "", f"no video id holds the day {day_text(day)}", hint)
            raise ValidationError([problem], "corpus")
    if last < first:
        message = f"the end {day_text(last)} is before the start {day_text(first)}"
        raise ValidationError([Problem("error", "date-order", "", message, "swap the two")], "corpus")
    return first, last


def _distinct(descending: list[int]) -> list[int]:
    """The ids in their order, those that come twice moved up by one."""
    for place in range(len(descending) - 2, -1, -1):
        if descending[place] <= descending[place + 1]:
            descending[place] = descending[place + 1] + 1
    return descending


# Pools


@attrs.frozen
class _Creator:
    username: str
    region_code: str
    #: How the descriptions begin, in the creator's language: 64 of them.
    openings: tuple[str, ...]


@attrs.frozen
class _Tags:
    names: list[str]
    #: As they stand at the end of a description.
    text: str
    info: list[_Video]


#: Gives as many random bits as are asked for.
_Draw = Callable[[int], int]


@attrs.frozen
class _Pools:
    """What is drawn from: powers of two of each, so that some bits are a place in it."""

    creators: list[_Creator]
    tags: list[_Tags]
    music_ids: list[int]
    effect_ids: list[list[str]]
    durations: list[int]

    @classmethod
    def of(cls, draw: _Draw) -> _Pools:
        return cls(
            creators=[_creator(draw, number) for number in range(4096)],
            tags=[_tags(draw) for _ in range(2048)],
            music_ids=[_new_id(draw) for _ in range(4096)],
            effect_ids=_effects(draw),
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
    """Up to eight hashtags: of one topic, and of those that stand under anything."""
    topic = words.TOPICS[draw(32) * len(words.TOPICS) >> 32]
    names = [name for place, name in enumerate(topic) if draw(4) * (place + 1) < 12]
    if draw(2) != 0:
        names += [words.COMMON_TAGS[draw(3) & draw(3)] for _ in range(draw(2))]
    if draw(3) == 0:
        names = []
    names = list(dict.fromkeys(names))
    # names come in lower case even where the description has capitals
    text = " ".join(f"#{name.title() if draw(4) == 0 else name}" for name in names)
    return _Tags(names, text, [_tag_info(name) for name in names])


def _tag_info(name: str) -> _Video:
    info: _Video = {"hashtag_id": 10**10 + crc32(name.encode()), "hashtag_name": name}
    if name in words.COMMON_TAGS:
        info["hashtag_description"] = f"Videos with #{name}"
    return info


def _effects(draw: _Draw) -> list[list[str]]:
    """The effects of 256 videos: most have none, and some the effect 0."""
    known = [str(_new_id(draw)) for _ in range(64)]
    some = [list(dict.fromkeys(known[draw(6)] for _ in range(1 + draw(1)))) for _ in range(80)]
    return [*([] for _ in range(160)), *(["0"] for _ in range(16)), *some]


#: How many of sixteen videos are of each length, and their longest, in seconds.
_LENGTHS: Final = ("SHORT",) * 6 + ("MID",) * 7 + ("LONG",) * 2 + ("EXTRA_LONG",)
_LONGEST: Final = 600


def _duration(draw: _Draw) -> int:
    first, last = LENGTH_SECONDS[_LENGTHS[draw(4)]]
    first = max(first, 3)
    return first + draw(16) % ((last or _LONGEST) - first + 1)


# Videos


def _video(video_id: int, bits: tuple[int, ...], pools: _Pools) -> _Video:
    who, tag, music, duration, counts, playlist, *small = bits
    likes, comments, shares, favourites, effects, opening, speech, rare = small
    creator = pools.creators[who & 4095]
    tags = pools.tags[tag & 2047]
    text = creator.openings[opening & 63]
    if rare == 0:
        text = words.ODD_OPENINGS[speech % len(words.ODD_OPENINGS)]
    # most videos are seen by few, and few by most
    views = (counts & 1023) << (counts >> 10 & 15) >> (favourites & 7)
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
        # some pieces of music are in very many videos
        "music_id": pools.music_ids[(music & 4095) >> (music >> 13)],
        "hashtag_names": tags.names.copy(),
        "username": creator.username,
        "effect_ids": pools.effect_ids[effects].copy(),
        "voice_to_text": _SPEECHES[speech & 63],
        "is_stem_verified": tag > 64_000,
        "favourites_count": likes * favourites >> 10,
        "video_duration": pools.durations[duration & 1023],
        "hashtag_info_list": tags.info.copy(),
        "video_mention_list": [],
        "video_label": {},
    }
    if duration > 60_000:
        video["video_mention_list"] = [pools.creators[playlist & 4095].username]
    if playlist > 60_000:
        video["playlist_id"] = pools.music_ids[who & 4095] + 1
    if rare == 1:
        video["video_label"] = {"content": words.LABELS[speech % len(words.LABELS)], "type": 1}
    return video


#: For three videos in four nothing.
_SPEECHES: Final = (words.SPEECHES * 16)[:16] + ("",) * 48
