"""A mapping as the API sends it -> a `Video`, and `Page`, what one request brings: the vendor's "Video Object"."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from operator import itemgetter
from typing import Any, Final, NoReturn

import attrs

from . import showing
from .errors import ServerError
from .showing import shown
from .tables import ALL_FIELDS, INT64_MAX, VIDEO_FIELDS

#: How else the API spells a field: `video_id` in the vendor's example, `favorites_count` on its newer page.
SPELLINGS: Final = {"id": "video_id", "favourites_count": "favorites_count"}

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: The first second of the year 1, and the last of 9999.
_FIRST_SECOND: Final = -62_135_596_800
_LAST_SECOND: Final = 253_402_300_799


@attrs.frozen(slots=False, hash=False, repr=False)  # with slots, making one takes twice as long
class Video:
    """A video as the API describes it, with every documented field; None stands for what it left out.

    >>> video = Video.from_dict({"id": "702874395068494965", "create_time": 1633823999, "hashtag_names": ["pov"]})
    >>> video.id, video.created_at.isoformat(), video.hashtag_names, video.like_count
    (702874395068494965, '2021-10-09T23:59:59+00:00', ('pov',), None)
    """

    id: int | None = None
    video_description: str | None = None
    #: Seconds since 1970, UTC.
    create_time: int | None = None
    region_code: str | None = None
    share_count: int | None = None
    view_count: int | None = None
    like_count: int | None = None
    comment_count: int | None = None
    music_id: int | None = None
    hashtag_names: tuple[str, ...] | None = None
    username: str | None = None
    effect_ids: tuple[str, ...] | None = None
    playlist_id: int | None = None
    voice_to_text: str | None = None
    is_stem_verified: bool | None = None
    favourites_count: int | None = None
    #: Seconds.
    video_duration: int | None = None
    hashtag_info_list: Any = None
    video_mention_list: tuple[str, ...] | None = None
    video_label: Any = None
    #: What came besides, under names that the documentation does not have.
    extra: Mapping[str, Any] = attrs.field(factory=dict)

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        given = [f"{name}={value!r}" for name in ALL_FIELDS if (value := getattr(self, name)) is not None]
        given += [f"extra={self.extra!r}"] if self.extra else []
        return f"Video({', '.join(given)})"

    @property
    def created_at(self) -> datetime | None:
        """When the video was posted: an aware moment in UTC, or None without a `create_time`."""
        return None if self.create_time is None else _EPOCH + timedelta(seconds=self.create_time)

    @classmethod
    def from_dict(cls, received: Mapping[str, Any]) -> Video:
        """The video that the API's JSON object stands for.

        Ids are ints, whether they come as numbers or as text; `video_id` is read as `id`, and `favorites_count` as
        `favourites_count`. Raises ServerError for a value that is not of its documented type.

        >>> Video.from_dict({"id": 7, "sound": "off"}).extra
        {'sound': 'off'}
        """
        return cls(*documented(received))

    def to_dict(self) -> dict[str, Any]:
        """The JSON object again: what is not None, under its documented names, and `extra`.

        >>> Video.from_dict({"video_id": "7", "hashtag_names": [], "music_id": None}).to_dict()
        {'id': 7, 'hashtag_names': []}
        """
        found: dict[str, Any] = {name: value for name in ALL_FIELDS if (value := getattr(self, name)) is not None}
        for place in _LISTS:
            name = ALL_FIELDS[place]
            if name in found:
                found[name] = list(found[name])
        return {**found, **self.extra}


def documented(received: Mapping[str, Any]) -> list[Any]:
    """The values of all documented fields, in their order and types, and last what else there was.

    Raises ServerError for a value that is not of its documented type.
    """
    values: list[Any] = list(map(received.get, ALL_FIELDS))
    shape = _shapes.get(tuple(map(type, values)))
    if shape is None:
        values = [_read(name, kind, value) for name, kind, value in zip(ALL_FIELDS, _KINDS, values, strict=True)]
        shape = _Shape.of(values)
    extra: dict[str, Any] = {}
    if len(received) != shape.given:
        extra = {name: value for name, value in received.items() if name not in _PLACE}
        for name, other in SPELLINGS.items():
            place = _PLACE[name]
            if values[place] is None and extra.get(other) is not None:
                values[place] = _read(name, int, extra.pop(other))
        shape = _Shape.of(values)
    for place in shape.lists:
        texts = values[place]
        try:
            "".join(texts)  # the quickest look at all of them
        except TypeError:
            texts = _texts(place, texts)
        values[place] = tuple(texts)
    try:
        shape.pack(*shape.ints(values))
    except struct.error:
        _refuse_ints(values)
    if not _FIRST_SECOND <= (values[_CREATED] or 0) <= _LAST_SECOND:
        _refuse("create_time", values[_CREATED])
    values.append(extra)
    return values


_PYTHON: Final = {"int64": int, "string": str, "bool": bool, "list<string>": list, "struct": object}
_KINDS: Final = tuple(_PYTHON[VIDEO_FIELDS[name][0]] for name in ALL_FIELDS)
_PLACE: Final[dict[str, int]] = {name: place for place, name in enumerate(ALL_FIELDS)}
_LISTS: Final = tuple(place for place, kind in enumerate(_KINDS) if kind is list)
_INTS: Final = tuple(place for place, kind in enumerate(_KINDS) if kind is int)
_CREATED: Final = _PLACE["create_time"]
_INTEGER: Final = re.compile("-?[0-9]{1,19}")


@attrs.frozen
class _Shape:
    """Which fields have a value, all of their documented types: what is then left to look at, in as few steps."""

    #: How many they are.
    given: int
    lists: tuple[int, ...]
    ints: Callable[[list[Any]], Sequence[Any]]
    #: Raises struct.error for what is beyond int64.
    pack: Callable[..., bytes]

    @classmethod
    def of(cls, values: list[Any]) -> _Shape:
        """The shape of values whose types are right."""
        types = tuple(map(type, values))
        shape = _shapes.get(types)
        if shape is None:
            ints = tuple(place for place in _INTS if values[place] is not None)
            lists = tuple(place for place in _LISTS if values[place] is not None)
            given = len(values) - values.count(None)
            get = itemgetter(*ints, *ints[:1]) if ints else _nothing  # of one place alone it gives no sequence
            pack = struct.Struct(f"{len(get(values))}q").pack
            if len(_shapes) >= _MOST_SHAPES:
                _shapes.clear()
            shape = _shapes[types] = cls(given, lists, get, pack)
        return shape


#: By the types of the values.
_shapes: Final[dict[tuple[type, ...], _Shape]] = {}
_MOST_SHAPES: Final = 1_000


def _nothing(_: list[Any]) -> Sequence[Any]:
    return ()


def _read(name: str, kind: type, value: Any) -> Any:
    """A value as its documented type, where it can only mean one thing."""
    if value is None or kind is object or type(value) is kind:
        return value
    if kind is int and isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if kind is list and isinstance(value, tuple):
        return list(value)
    return _refuse(name, value)


def _texts(place: int, values: list[Any]) -> list[str]:
    """The texts of a list, in which ids may have come as numbers."""
    for value in values:
        if type(value) not in (str, int):
            _refuse(ALL_FIELDS[place], value)
    return [str(value) for value in values]


def _refuse_ints(values: list[Any]) -> NoReturn:
    for place in _INTS:
        if values[place] is not None and not -INT64_MAX - 1 <= values[place] <= INT64_MAX:
            _refuse(ALL_FIELDS[place], values[place])
    raise AssertionError


def _refuse(name: str, value: object) -> NoReturn:
    raise ServerError(f"a video's {name} is {shown(value)}, which is not of the type {VIDEO_FIELDS[name][0]}")


@attrs.frozen
class Page:
    """What one request brings.

    `cursor` and `search_id` are where the search goes on if `has_more`, and `log_id` is what the vendor's support asks
    for.
    """

    videos: tuple[Video, ...]
    cursor: int | None
    has_more: bool
    search_id: str | None = None
    log_id: str | None = None

    def _repr_html_(self) -> str:
        return showing.table(SHOWN, map(cells, self.videos), len(self.videos))


#: The fields of a video that a table has room for.
SHOWN: Final = ("id", "created", "region_code", "username", "video_duration", "video_description")


def cells(video: Video) -> tuple[str, ...]:
    """A video as a row of a table under `SHOWN`; the time is UTC."""
    created = video.created_at
    shown_values = (
        video.id,
        None if created is None else f"{created:%Y-%m-%d %H:%M}",
        video.region_code,
        video.username,
        video.video_duration,
        video.video_description,
    )
    return tuple("" if value is None else str(value) for value in shown_values)
