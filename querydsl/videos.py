"""A mapping from the API -> a `Video` (the vendor's "Video Object"); and `Page`, the result of one call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from . import showing
from .moments import moment

INT64_MAX: Final = 2**63 - 1

#: The bounds of a moment: the first second of the year 1, and the last second of 9999.
_FIRST_SECOND: Final = -62_135_596_800
_LAST_SECOND: Final = 253_402_300_799


class TooDeep(str):
    """The JSON text of a value that is nested too deep to be read; documented values never are."""

    __slots__ = ()


@attrs.frozen
class VideoField:
    """A documented field of a Video Object."""

    name: str
    #: Its type, in the words of the documentation: int64, string, bool, list<string> or struct.
    type: str
    description: str
    #: Another spelling of it in the API, if there is one.
    other_spelling: str | None = None
    #: Whether the API omits it for a video that has none (users).
    left_out_when_empty: bool = False
    #: Whether its absence means that the video has none: conditions on any other field need a value.
    may_be_absent: bool = False
    #: The bounds of a number.
    least: int = -INT64_MAX - 1
    most: int = INT64_MAX

    def holds(self, number: int) -> bool:
        """Whether a number is within the bounds."""
        return self.least <= number <= self.most


def _field(type: str, description: str, **facts: Any) -> Any:  # noqa: A002
    """An attribute of `Video` for a documented field, described by `VideoField`."""
    return attrs.field(default=None, metadata={"type": type, "description": description, **facts})


@attrs.frozen(slots=False, hash=False, repr=False, kw_only=True)  # slots would double the time to make one
class Video:
    """A video with every documented field; None means that the API did not send it.

    The attributes are the table of the documented fields: to add a field, add an attribute, at any position.

    >>> video = Video.from_dict({"id": "702874395068494965", "create_time": 1633823999, "hashtag_names": ["pov"]})
    >>> video.id, video.created_at.isoformat(), video.hashtag_names, video.like_count
    (702874395068494965, '2021-10-09T23:59:59+00:00', ('pov',), None)
    """

    id: int | None = _field("int64", "The id of the video", other_spelling="video_id")
    video_description: str | None = _field("string", "The description of the video, also known as its title")
    #: Seconds since 1970, UTC.
    create_time: int | None = _field(
        "int64", "When the video was posted: seconds since 1970, UTC", least=_FIRST_SECOND, most=_LAST_SECOND
    )
    region_code: str | None = _field("string", "The country in which the creator registered the account")
    share_count: int | None = _field("int64", "How often the video was shared")
    view_count: int | None = _field("int64", "How often the video was viewed")
    like_count: int | None = _field("int64", "How many likes the video has")
    comment_count: int | None = _field("int64", "How many comments the video has")
    music_id: int | None = _field("int64", "The id of the video's music", may_be_absent=True)
    hashtag_names: tuple[str, ...] | None = _field("list<string>", "The hashtags of the video", may_be_absent=True)
    username: str | None = _field("string", "The username of the video's creator")
    effect_ids: tuple[str, ...] | None = _field(
        "list<string>", "The ids of the video's effects", left_out_when_empty=True, may_be_absent=True
    )
    playlist_id: int | None = _field("int64", "The playlist that the video belongs to")
    voice_to_text: str | None = _field(
        "string", "What is said in the video, and its subtitles, where there is such a text", left_out_when_empty=True
    )
    is_stem_verified: bool | None = _field("bool", "Whether the video was verified as good content about science")
    favorites_count: int | None = _field("int64", "How many favorites the video has", other_spelling="favourites_count")
    #: Seconds.
    video_duration: int | None = _field("int64", "How long the video is, in seconds")
    hashtag_info_list: Any = _field("struct", "The ids of the hashtags, with a description where there is one")
    sticker_info_list: Any = _field("struct", "The ids and the names of the stickers")
    effect_info_list: Any = _field("struct", "The ids and the names of the effects, and the URLs of their pictures")
    video_mention_list: tuple[str, ...] | None = _field("list<string>", "The users that the video mentions")
    video_label: Any = _field("struct", "The labels of the video")
    #: Type `AIGC Type`: 1 the creator says AI-generated, 2 AI-generated. Type `Branded Type`: 1 paid partnership, 7 the
    #: creator earns a commission.
    video_tag: Any = _field("struct", "What the video is labelled as: AI-generated or branded, by type and number")
    #: Values under undocumented names, and values that are not of their documented type.
    extra: Mapping[str, Any] = attrs.field(factory=dict)

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        given = [f"{name}={value!r}" for name in VIDEO_FIELDS if (value := getattr(self, name)) is not None]
        given += [f"extra={self.extra!r}"] if self.extra else []
        return showing.readable(f"Video({', '.join(given)})")

    @property
    def created_at(self) -> datetime | None:
        """When the video was posted: an aware moment in UTC; None without a `create_time`."""
        return None if self.create_time is None else moment(self.create_time)

    @property
    def favourites_count(self) -> int | None:
        """`favorites_count` in the older spelling."""
        return self.favorites_count

    @classmethod
    def from_dict(cls, received: Mapping[str, Any]) -> Video:
        """The video in a JSON object from the API.

        Ids become ints, whether they are numbers or text. `video_id` is read as `id`, and `favourites_count` as
        `favorites_count`. A value that is not of its documented type goes to `extra`, and the field is None.

        >>> Video.from_dict({"id": 7, "sound": "off", "music_id": ""}).extra
        {'sound': 'off', 'music_id': ''}
        """
        return read_video(received)[0]

    def to_dict(self) -> dict[str, Any]:
        """The JSON object: every value that is not None under its documented name, and `extra`.

        >>> Video.from_dict({"video_id": "7", "hashtag_names": [], "music_id": None}).to_dict()
        {'id': 7, 'hashtag_names': []}
        """
        given = {
            # if `extra` has an odd value under this name, the valid value came under the other spelling
            field.other_spelling or name if name in self.extra else name: value
            for name, field in VIDEO_FIELDS.items()
            if (value := getattr(self, name)) is not None
        }
        return {name: list(value) if type(value) is tuple else value for name, value in given.items()} | {**self.extra}


#: The documented fields of a Video Object, by name.
VIDEO_FIELDS: Final[dict[str, VideoField]] = {
    attribute.name: VideoField(attribute.name, **attribute.metadata)
    for attribute in attrs.fields(Video)
    if attribute.metadata
}
ALL_FIELDS: Final[tuple[str, ...]] = tuple(VIDEO_FIELDS)


# Reading what the API sends


#: Reads a value that is not None; returns None if the value is not of the field's type.
Read = Callable[[VideoField, Any], Any]
#: How values of a field are read: the Python type of those that stay as they are, if they are within the bounds of the
#: field; the field; and the function for all others.
Reader = tuple[type | None, VideoField, Read]


def read_video(received: Mapping[str, Any]) -> tuple[Video, int]:
    """The video in a JSON object from the API, and how many of its values were odd."""
    values, extra, odd = documented(received, READERS)
    return Video(**values, extra=extra), odd


def documented(
    received: Mapping[str, Any], readers: Mapping[str, Reader]
) -> tuple[dict[str, Any], dict[str, Any], int]:
    """The values of documented fields as the readers give them, all other values, and the number of odd values.

    A value is odd if it is not of its documented type: it goes to the other values, under its name. Digits as text are
    read as a number, and null means no value: neither is odd. Raises nothing but what a reader raises.
    """
    values = {**received}
    extra: dict[str, Any] = {}
    odd = 0
    for name, value in received.items():
        try:
            as_it_is, field, read = readers[name]
        except KeyError:
            extra[name] = values.pop(name)
            continue
        kind = type(value)
        if kind is as_it_is and (kind is not int or field.least <= value <= field.most):  # nearly all
            continue
        found = None if value is None else read(field, value)
        if found is not None:
            values[name] = found
            continue
        del values[name]
        if value is not None:
            extra[name] = value
            odd += 1
    if extra:
        odd += _read_other_spellings(values, extra, readers)
    return values, extra, odd


def _read_other_spellings(values: dict[str, Any], extra: dict[str, Any], readers: Mapping[str, Reader]) -> int:
    """Move values under other spellings, in their types, from `extra` to `values`; return how many were odd."""
    odd = 0
    for spelling, name in _OTHER_SPELLINGS.items():
        if name not in values and (value := extra.get(spelling)) is not None:
            _, field, read = readers[name]
            found = read(field, value)
            if found is None:
                odd += 1
            else:
                values[name] = found
                del extra[spelling]
    return odd


_INTEGER: Final = re.compile("-?[0-9]{1,19}")


def _int64(field: VideoField, value: Any) -> int | None:
    if type(value) is not int:
        if not (isinstance(value, str) and _INTEGER.fullmatch(value)):
            return None
        value = int(value)
    return value if field.holds(value) else None


def _string(_: VideoField, value: Any) -> str | None:
    return value if type(value) is str else None


def _bool(_: VideoField, value: Any) -> bool | None:
    return value if type(value) is bool else None


_TEXT_ALONE: Final = {str}


def strings(field: VideoField, value: Any) -> tuple[str, ...] | None:
    """The texts of a list; ids in it may be numbers."""
    if type(value) not in (list, tuple):
        return None
    texts = tuple(value)
    if {*map(type, texts)} <= _TEXT_ALONE:
        return texts
    for one in texts:
        if type(one) is not str and (type(one) is not int or not field.holds(one)):
            return None
    return tuple(map(str, texts))


def _struct(_: VideoField, value: Any) -> Any:
    """Any value that can be read: the documentation does not describe its members."""
    return None if type(value) is TooDeep else value


#: For each documented type, the Python type of values that stay as they are, and the function for all others.
_TYPES: Final[dict[str, tuple[type | None, Read]]] = {
    "int64": (int, _int64),
    "string": (str, _string),
    "bool": (bool, _bool),
    "list<string>": (None, strings),
    "struct": (None, _struct),
}


def _reader(field: VideoField) -> Reader:
    """The reader of a field. Raises TypeError for a type without one."""
    if field.type not in _TYPES:
        raise TypeError(f"the Video field {field.name} is of the type {field.type!r}: add a reader to _TYPES")
    as_it_is, read = _TYPES[field.type]
    return as_it_is, field, read


#: The readers for a `Video`, by the names of the fields.
READERS: Final = {name: _reader(field) for name, field in VIDEO_FIELDS.items()}
_OTHER_SPELLINGS: Final = {field.other_spelling: name for name, field in VIDEO_FIELDS.items() if field.other_spelling}


def merged(older: Video, newer: Video) -> Video:
    """The newer answer about a video, completed with members that only the older one has.

    >>> merged(Video(id=7, like_count=1, username="a"), Video(id=7, like_count=2))
    Video(id=7, like_count=2, username='a')
    """
    return Video.from_dict({**older.to_dict(), **newer.to_dict()})


def once_each(videos: Iterable[Video]) -> tuple[Video, ...]:
    """Each video once by id, in order; members that only an earlier copy has are kept."""
    found: dict[object, Video] = {}
    for video in videos:
        key = object() if video.id is None else video.id
        found[key] = merged(found[key], video) if key in found else video
    return tuple(found.values())


@attrs.frozen
class Page:
    """The result of one call.

    If `has_more`, the search continues at `cursor` and `search_id`. The vendor's support asks for `log_id`.
    """

    videos: tuple[Video, ...]
    cursor: int | None
    has_more: bool
    search_id: str | None = None
    log_id: str | None = None
    #: How many values were not of their documented type. A video without a readable id counts as one, if `id` was asked
    #: for.
    odd: int = 0

    def _repr_html_(self) -> str:
        return showing.table(SHOWN, map(cells, self.videos), len(self.videos))


#: The fields of a video that a table shows.
SHOWN: Final = ("id", "created", "region_code", "username", "video_duration", "video_description")


def cells(video: Video) -> tuple[str, ...]:
    """A video as a row of a table with the columns `SHOWN`; the time is UTC."""
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
