"""What people write instead of what is documented, and what they should write: the data behind the hints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from ..tables import FIELDS, LENGTHS, OPERATIONS, REGION_CODES, VIDEO_FIELDS

#: Countries that are often given by another code or by name. Any other wrong code is answered with the nearest one.
COUNTRIES: Final = {
    "UK": ("the United Kingdom", "GB"),
    "GBR": ("the United Kingdom", "GB"),
    "UNITED KINGDOM": ("the United Kingdom", "GB"),
    "GREAT BRITAIN": ("the United Kingdom", "GB"),
    "ENGLAND": ("the United Kingdom", "GB"),
    "EL": ("Greece", "GR"),
    "USA": ("the United States", "US"),
    "UNITED STATES": ("the United States", "US"),
    "GERMANY": ("Germany", "DE"),
    "DEU": ("Germany", "DE"),
    "FRANCE": ("France", "FR"),
    "FRA": ("France", "FR"),
    "SPAIN": ("Spain", "ES"),
    "ESP": ("Spain", "ES"),
    "ITALY": ("Italy", "IT"),
    "ITA": ("Italy", "IT"),
    "JAPAN": ("Japan", "JP"),
    "JPN": ("Japan", "JP"),
    "JA": ("Japan", "JP"),
    "KOREA": ("South Korea", "KR"),
    "SOUTH KOREA": ("South Korea", "KR"),
    "KOR": ("South Korea", "KR"),
    "KO": ("South Korea", "KR"),
    "BRAZIL": ("Brazil", "BR"),
    "BRA": ("Brazil", "BR"),
    "MEXICO": ("Mexico", "MX"),
    "MEX": ("Mexico", "MX"),
    "CANADA": ("Canada", "CA"),
    "AUSTRALIA": ("Australia", "AU"),
    "INDONESIA": ("Indonesia", "ID"),
    "INDIA": ("India", "IN"),
    "CHINA": ("China", "CN"),
    "UKRAINE": ("Ukraine", "UA"),
    "RUSSIA": ("Russia", "RU"),
    "POLAND": ("Poland", "PL"),
    "TURKEY": ("Turkey", "TR"),
    "NETHERLANDS": ("the Netherlands", "NL"),
    "SWEDEN": ("Sweden", "SE"),
    "SWITZERLAND": ("Switzerland", "CH"),
    "AUSTRIA": ("Austria", "AT"),
    "IRELAND": ("Ireland", "IE"),
}

#: Other words for condition fields; what the tables know is added below.
_FIELD_WORDS: Final = {
    "date": "create_date",
    "time": "create_date",
    "created": "create_date",
    "createdat": "create_date",
    "video": "video_id",
    "tag": "hashtag_name",
    "country": "region_code",
    "countrycode": "region_code",
    "text": "keyword",
    "music": "music_id",
    "sound": "music_id",
    "soundid": "music_id",
    "effect": "effect_id",
    "user": "username",
    "author": "username",
    "creator": "username",
    "account": "username",
}

#: Other words for fields of a Video Object; what the tables know is added below.
_VIDEO_FIELD_WORDS: Final = {
    "itemid": "id",
    "description": "video_description",
    "title": "video_description",
    "hashtags": "hashtag_names",
    "duration": "video_duration",
    "likes": "like_count",
    "views": "view_count",
    "comments": "comment_count",
    "shares": "share_count",
    "favorites": "favorites_count",
    "favourites": "favorites_count",
}

_OPERATIONS: Final = {
    "=": "write 'EQ'",
    "==": "write 'EQ'",
    "equal": "write 'EQ'",
    "equals": "write 'EQ'",
    "is": "write 'EQ'",
    ">": "write 'GT'",
    ">=": "write 'GTE'",
    "ge": "write 'GTE'",
    "<": "write 'LT'",
    "<=": "write 'LTE'",
    "le": "write 'LTE'",
    "!=": "put the condition into the list 'not', with 'EQ'",
    "ne": "put the condition into the list 'not', with 'EQ'",
    "neq": "put the condition into the list 'not', with 'EQ'",
    "not": "put the condition into the list 'not', with 'EQ'",
    "notin": "put the condition into the list 'not', with 'IN'",
    "nin": "put the condition into the list 'not', with 'IN'",
    "and": "'and' and 'or' are lists of the query; an operation compares: 'EQ' or 'IN'",
    "or": "'and' and 'or' are lists of the query; for one of several values write 'IN'",
    "contains": "write 'EQ': a keyword matches any part of the description",
    "like": "write 'EQ': a keyword matches any part of the description",
    "between": "write two conditions, 'GTE' and 'LTE'",
}

_CONDITION_KEYS: Final = {
    "field": "field_name",
    "name": "field_name",
    "operator": "operation",
    "op": "operation",
    "value": "field_values",
    "values": "field_values",
    "fieldvalue": "field_values",
}
_QUERY_KEYS: Final = {
    "must": "and",
    "all": "and",
    "should": "or",
    "any": "or",
    "mustnot": "not",
    "none": "not",
}
_REQUEST_KEYS: Final = {
    "start": "start_date",
    "from": "start_date",
    "since": "start_date",
    "end": "end_date",
    "to": "end_date",
    "until": "end_date",
    "count": "max_count",
    "limit": "max_count",
    "pagesize": "max_count",
    "offset": "cursor",
    "random": "is_random",
}
_LENGTHS: Final = {"MEDIUM": "MID", "MIDDLE": "MID", "EXTRALONG": "EXTRA_LONG", "XL": "EXTRA_LONG"}


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").casefold()


#: Every word that means a field of a Video Object: also the names of what searches it, and its other spellings.
_MEANT_VIDEO_FIELDS: Final = {
    **{_plain(word): field.video_field for field in FIELDS.values() for word in (field.title, field.name)},
    **{_plain(field.other_spelling): field.name for field in VIDEO_FIELDS.values() if field.other_spelling},
    **_VIDEO_FIELD_WORDS,
    **{_plain(name): name for name in VIDEO_FIELDS},
}
_SEARCHED_BY: Final = {field.video_field: field.name for field in FIELDS.values()}

#: Every word that means a condition field: also the words for what it searches.
_MEANT_FIELDS: Final = {
    **{word: _SEARCHED_BY[name] for word, name in _MEANT_VIDEO_FIELDS.items() if name in _SEARCHED_BY},
    **_FIELD_WORDS,
    **{_plain(word): field.name for field in FIELDS.values() for word in (field.title, field.name)},
}
#: What the condition fields are called in Python, as a slip of the pen may have it.
_TITLES: Final = {_plain(field.title): field.name for field in FIELDS.values()}
#: The words for what a video has and no condition takes.
_NOT_SEARCHABLE: Final = {word: name for word, name in _MEANT_VIDEO_FIELDS.items() if name not in _SEARCHED_BY}

#: Longer names are not compared with the documented ones: they are no misspelling of them.
_LONGEST_SLIP = 32


@lru_cache(maxsize=1024)  # the same mistake comes again and again
def nearest(given: str, allowed: tuple[str, ...], cutoff: float = 0.7) -> str | None:
    """The allowed word that is most similar to the given one; None if none is similar."""
    if len(given) > _LONGEST_SLIP:
        return None
    from difflib import get_close_matches  # noqa: PLC0415  # only a mistake needs it, and it takes long to load

    found = get_close_matches(given, allowed, n=1, cutoff=cutoff)
    return found[0] if found else None


def _meant(given: str, allowed: Iterable[str], aliases: Mapping[str, str]) -> str | None:
    """The allowed name that was meant: another case or spacing, a known alias, or a slip of the pen."""
    if len(given) > _LONGEST_SLIP:
        return None
    names = {_plain(name): name for name in allowed}
    plain = _plain(given)
    return names.get(plain) or aliases.get(plain) or names.get(nearest(plain, tuple(names)) or "")


def field_name(given: str) -> tuple[str | None, str | None]:
    """The condition field that was meant, if one was, and the hint."""
    plain = _plain(given)
    if plain in _NOT_SEARCHABLE:
        return None, f"{_NOT_SEARCHABLE[plain]} cannot be searched: filter the videos that come back"
    meant = _meant(given, FIELDS, _MEANT_FIELDS) or _TITLES.get(nearest(plain, tuple(_TITLES)) or "")
    return meant, f"it is spelt {meant!r}" if meant else "the fields are " + ", ".join(FIELDS)


def operation(given: str) -> str:
    """What to write for an operation that the API does not have."""
    plain = given.strip().casefold()
    if plain.upper() in OPERATIONS:
        return f"write {plain.upper()!r}"
    return _OPERATIONS.get(plain) or _OPERATIONS.get(_plain(plain)) or f"the operations are {', '.join(OPERATIONS)}"


def condition_key(given: str, allowed: Iterable[str]) -> str | None:
    """The key of a condition that was meant."""
    return _meant(given, allowed, _CONDITION_KEYS)


def query_key(given: str, allowed: Iterable[str]) -> str | None:
    """The key of a query that was meant."""
    return _meant(given, allowed, _QUERY_KEYS)


def request_key(given: str, allowed: Iterable[str]) -> str | None:
    """The key of a request that was meant."""
    return _meant(given, allowed, _REQUEST_KEYS)


def video_field(given: str) -> str:
    """What to write for a name that is no field of a Video Object."""
    meant = _meant(given, VIDEO_FIELDS, _MEANT_VIDEO_FIELDS)
    return f"it is spelt {meant!r}" if meant else "the fields are " + ", ".join(VIDEO_FIELDS)


@lru_cache(maxsize=1024)
def region(given: str) -> str:
    """What to write for a region code that is not documented."""
    upper = given.strip().upper()
    if upper in REGION_CODES:
        return f"write {upper!r}"
    if upper in COUNTRIES:
        country, code = COUNTRIES[upper]
        return f"{country} is {code!r}"
    if not (upper.isascii() and upper.isalpha() and len(upper) <= 3):
        return "region codes are two capitals, such as 'US'"
    first, last = upper[0], upper[-1]
    similar = max(
        REGION_CODES, key=lambda code: (2 * (code[0] == first) + (code[1] == last), -abs(ord(code[1]) - ord(last)))
    )
    return f"the nearest one is {similar!r}"


def length(given: str) -> str:
    """What to write for a length that is not documented."""
    upper = given.strip().upper().replace(" ", "_").replace("-", "_")
    if upper in LENGTHS:
        return f"write {upper!r}"
    meant = _LENGTHS.get(upper.replace("_", "")) or nearest(upper, LENGTHS, cutoff=0.5)
    among = ", ".join(LENGTHS)
    return f"the nearest one is {meant!r} of {among}" if meant else f"the lengths are {among}"
