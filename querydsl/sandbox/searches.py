"""The videos of a sandbox, and the searches: a search finds its videos once, and its pages are slices of them."""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from hashlib import blake2b
from itertools import islice, pairwise
from random import Random
from typing import Any, Final

import attrs

from ..errors import MissingFieldError, Problem, ValidationError
from ..language.expressions import Expression
from ..language.fields import CreateDate
from ..matching.predicate import matcher
from ..moments import SECONDS_A_DAY, start_of_day
from ..showing import shown
from ..tables import INT64_MAX, VIDEO_FIELDS

Video = Mapping[str, Any]

#: How many searches are remembered, the latest ones: a client works on a few at a time.
MAX_SEARCHES: Final = 256


class Library:
    """All videos by decreasing id, each once."""

    def __init__(self, videos: Iterable[Video]) -> None:
        by_id = {video["id"]: video for video in map(_with_id, videos)}
        self.videos = [by_id[video_id] for video_id in sorted(by_id, reverse=True)]
        self._newest_first = _are_newest_first(self.videos)

    def find(self, expression: Expression, start: date, end: date, approximately: bool = False) -> list[Video]:
        """The videos that the expression selects, created from start to end (UTC days, both included).

        A video that lacks a needed field, or has another type in it, is not found. With `approximately`, one video that
        is not selected comes with every ten that are.
        """
        of_days = CreateDate.between(start, end)
        wanted = matcher(expression & of_days)
        videos = islice(self.videos, *self._window(start, end))
        if not approximately:
            return [video for video in videos if _holds(wanted, video)]
        return list(_with_others(videos, wanted, matcher(of_days)))

    def _window(self, start: date, end: date) -> tuple[int, int]:
        """The slice with the videos of the days. If ids do not grow with time, as TikTok's do, it has all videos."""
        if not self._newest_first:
            return 0, len(self.videos)
        before, after = start_of_day(start), start_of_day(end)
        return (
            bisect_right(self.videos, -(after + SECONDS_A_DAY), key=_negative_time),
            bisect_right(self.videos, -before, key=_negative_time),
        )


_Predicate = Callable[[Video], bool]
_ID: Final = VIDEO_FIELDS["id"]


def _with_others(videos: Iterable[Video], wanted: _Predicate, other: _Predicate) -> Iterator[Video]:
    """The wanted videos; after the first, the eleventh, and so on, also the next one that is not wanted."""
    selected = due = 0
    for video in videos:
        if _holds(wanted, video):
            due += selected % 10 == 0
            selected += 1
            yield video
        elif due and _holds(other, video):
            due -= 1
            yield video


def _with_id(video: Video) -> Video:
    """The video with its id as a number in `id`; the documented example has `video_id`."""
    if type(video) is dict and type(number := video.get("id")) is int and _ID.holds(number):
        return video  # nearly all videos have this form
    if not isinstance(video, Mapping):
        hint = "give mappings with the documented keys, as `corpus` makes them"
        raise ValidationError([Problem("error", "type", "", f"{type(video).__name__} is not a video", hint)], "App")
    given: Any = video.get("video_id") if video.get("id") is None else video["id"]
    number = _id(given)
    if number is None:
        hint = "give each its number as 'id' or 'video_id'"
        raise ValidationError([Problem("error", "id", "", f"{shown(given)} is not the id of a video", hint)], "App")
    return {**video, "id": number}


def _id(given: Any) -> int | None:
    """The int64 of an id in the form of an int or digits; None for anything else."""
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= len(str(INT64_MAX)):
        given = int(given)
    if isinstance(given, bool):
        return None
    try:
        number = operator.index(given)
    except TypeError:  # a float has already lost digits
        return None
    return number if _ID.holds(number) else None


def _are_newest_first(videos: list[Video]) -> bool:
    times = [video.get("create_time") for video in videos]
    if not all(type(time) is int for time in times):
        return False
    return all(later >= earlier for later, earlier in pairwise(times))  # type: ignore[operator]


def _negative_time(video: Video) -> int:
    return -int(video["create_time"])


def _holds(predicate: _Predicate, video: Video) -> bool:
    try:
        return predicate(video)
    except (MissingFieldError, ValidationError):
        return False


@attrs.frozen
class Page:
    """A part of the found videos, and where the next part starts."""

    videos: list[Video]
    cursor: int
    has_more: bool


@attrs.define(eq=False)
class Search:
    """The videos that a search found. `criteria` are the query and the days of its first request."""

    criteria: str
    #: None means a video that was found and has since disappeared: the API drops those after cutting the pages.
    found: list[Video | None]
    #: The same for the same criteria and the same videos, in any app and at any time.
    key: str = attrs.field(init=False)

    @key.default
    def _digest(self) -> str:
        ids = ",".join(str(video["id"]) for video in self.found if video is not None)
        return blake2b(f"{self.criteria}\n{ids}".encode(), digest_size=16).hexdigest()

    def page(self, cursor: int, count: int) -> Page:
        """`count` videos from the index `cursor` on; fewer if some have disappeared."""
        videos = [video for video in self.found[cursor : cursor + count] if video is not None]
        return Page(videos, cursor + count, cursor + count < len(self.found))

    def sample(self, count: int, random: Random) -> Page:
        """`count` videos in random order, as a single page."""
        videos = [video for video in self.found if video is not None]
        return Page(random.sample(videos, min(count, len(videos))), count, False)

    def insert_missing(self, place: int, count: int) -> None:
        """Act as if the search had found `count` videos at this position that have since disappeared."""
        self.found[place:place] = [None] * count

    def insert_repeated(self, place: int, count: int) -> None:
        """Act as if new videos had moved the older ones on, so that `count` of them are repeated."""
        self.found[place:place] = self.found[max(0, place - count) : place]


class Searches:
    """The latest searches, by search_id. Not safe for threads: the app holds its lock while using it.

    A search_id depends only on the criteria and the videos found. So an app that has forgotten a search, or never had
    it, can give it the same id and continue it.
    """

    def __init__(self) -> None:
        self._by_id: OrderedDict[str, Search] = OrderedDict()
        #: How many ids of a search are withdrawn, by its key.
        self._withdrawn: Counter[str] = Counter()

    def id_of(self, search: Search) -> str:
        """The id of a search that starts now: 19 digits."""
        return _id_for(f"{search.key}/{self._withdrawn[search.key]}")

    def begin(self, search: Search) -> tuple[str, Search]:
        """The id and the search: the remembered one if there is one.

        Forgets the search that has not been used for the longest time, if there are too many.
        """
        search_id = self.id_of(search)
        search = self._by_id.setdefault(search_id, search)
        self._by_id.move_to_end(search_id)
        if len(self._by_id) > MAX_SEARCHES:
            self._by_id.popitem(last=False)
        return search_id, search

    def get(self, search_id: str, criteria: str) -> Search | None:
        """The search with this id, if it is remembered and started with the same criteria."""
        search = self._by_id.get(search_id)
        if search is None or search.criteria != criteria:
            return None
        self._by_id.move_to_end(search_id)
        return search

    def withdraw(self, search_id: str) -> None:
        """Do not give this id to another search; the search that has it keeps it until it is forgotten."""
        search = self._by_id.get(search_id)
        if search is not None and self.id_of(search) == search_id:
            self._withdrawn[search.key] += 1

    def rename(self, search_id: str) -> str:
        """Give a search whose pages change another id: an app that has not seen the change does not know the new id.

        This app accepts the old id too.
        """
        self.withdraw(search_id)
        renamed = _id_for(f"{search_id} has changed")
        if search_id in self._by_id:
            self._by_id[renamed] = self._by_id[search_id]
        return renamed

    def expire(self, search_id: str) -> None:
        """Forget a search permanently."""
        self.withdraw(search_id)
        self._by_id.pop(search_id, None)


def _id_for(text: str) -> str:
    digest = blake2b(text.encode(), digest_size=8).digest()
    return str(7 * 10**18 + (int.from_bytes(digest, "big") >> 4))
