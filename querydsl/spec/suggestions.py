"""What people write by mistake, and what they should write: the data behind the hints.

The names of countries and languages are in `countries`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final

from ..moments import moment
from ..showing import LONGEST_SHOWN, listing
from ..tables import FIELDS, LENGTH_SECONDS, LENGTHS, OLDER_VIDEO_FIELDS, OPERATIONS, REGION_CODES, VIDEO_FIELDS
from .countries import COUNTRIES, EUROPEAN_UNION, FORMER, LANGUAGES, UNDOCUMENTED

#: Other words for condition fields; those in the tables are added below.
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
    "authorname": "username",
    "nickname": "username",
    "caption": "keyword",
    "audio": "music_id",
    "song": "music_id",
}

#: Other words for fields of a Video Object; those in the tables are added below.
_VIDEO_FIELD_WORDS: Final = {
    "itemid": "id",
    "description": "video_description",
    "title": "video_description",
    "desc": "video_description",
    "caption": "video_description",
    "author": "username",
    "authorname": "username",
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
    "conditions": "and",
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
    "condition": "query",
    "conditions": "query",
    "filter": "query",
    "filters": "query",
    "where": "query",
    "random": "is_random",
}
_LENGTHS: Final = {"MEDIUM": "MID", "MIDDLE": "MID", "EXTRALONG": "EXTRA_LONG", "XL": "EXTRA_LONG"}


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(" ", "").casefold()


#: Every word that means a field of a Video Object: also the names of the condition fields that search it.
_MEANT_VIDEO_FIELDS: Final = {
    **{_plain(word): field.video_field for field in FIELDS.values() for word in (field.title, field.name)},
    **{_plain(field.other_spelling): field.name for field in VIDEO_FIELDS.values() if field.other_spelling},
    **_VIDEO_FIELD_WORDS,
    **{_plain(name): name for name in VIDEO_FIELDS},
}
_SEARCHED_BY: Final = {field.video_field: field.name for field in FIELDS.values()}

#: Every word that means a condition field: also the names of the Video fields that it searches.
_MEANT_FIELDS: Final = {
    **{word: _SEARCHED_BY[name] for word, name in _MEANT_VIDEO_FIELDS.items() if name in _SEARCHED_BY},
    **_FIELD_WORDS,
    **{_plain(word): field.name for field in FIELDS.values() for word in (field.title, field.name)},
}
#: The names of the condition fields in Python, for misspellings of them.
_TITLES: Final = {_plain(field.title): field.name for field in FIELDS.values()}
#: The words for Video fields that no condition can search.
_NOT_SEARCHABLE: Final = {word: name for word, name in _MEANT_VIDEO_FIELDS.items() if name not in _SEARCHED_BY}

#: Longer names are not compared with the documented ones: they are no misspellings.
_LONGEST_SLIP = 32


@lru_cache(maxsize=1024)  # the same mistake is often repeated
def nearest(given: str, allowed: tuple[str, ...], cutoff: float = 0.7) -> str | None:
    """The allowed word that is most similar to the given one; None if none is similar."""
    if len(given) > _LONGEST_SLIP:
        return None
    from difflib import get_close_matches  # noqa: PLC0415  # only a mistake needs it, and it takes long to load

    found = get_close_matches(given, allowed, n=1, cutoff=cutoff)
    return found[0] if found else None


def _meant(given: str, allowed: Iterable[str], aliases: Mapping[str, str]) -> str | None:
    """The allowed name that was meant: other case or spacing, a known alias, or a misspelling."""
    if len(given) > _LONGEST_SLIP:
        return None
    names = {_plain(name): name for name in allowed}
    plain = _plain(given)
    return names.get(plain) or aliases.get(plain) or names.get(nearest(plain, tuple(names)) or "")


def field_name(given: str) -> tuple[str | None, str | None]:
    """The condition field that was meant, if there is one, and the hint."""
    plain = _plain(given)
    if plain in _NOT_SEARCHABLE:
        return None, f"{_NOT_SEARCHABLE[plain]} cannot be searched: filter the videos that come back"
    meant = _meant(given, FIELDS, _MEANT_FIELDS) or _TITLES.get(nearest(plain, tuple(_TITLES)) or "")
    return meant, f"it is spelt {meant!r}" if meant else "the fields are " + ", ".join(FIELDS)


def condition_field(word: str) -> str | None:
    """The condition field that a word means beyond doubt: a known name or alias, and no misspelling.

    >>> condition_field("Hashtags"), condition_field("regoin")
    ('hashtag_name', None)
    """
    return _MEANT_FIELDS.get(_plain(word))


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
    """What to write for a name that is not a field of a Video Object."""
    several = re.findall(r"[^\s,;|+]+", given)
    if len(several) > 1 and all(one in VIDEO_FIELDS or one in OLDER_VIDEO_FIELDS for one in several):
        return f"give each name by itself, or one text with commas: {','.join(several)!r}"
    meant = _meant(given, VIDEO_FIELDS, _MEANT_VIDEO_FIELDS)
    return f"it is spelt {meant!r}" if meant else "the fields are " + ", ".join(VIDEO_FIELDS)


# Numbers and days

_QUOTES: Final = "'\"`=\u2018\u2019\u201c\u201d\u200b\u2060\ufeff"
#: Characters that a spreadsheet, a program or a person puts around a number.
_AROUND: Final = re.compile(rf"[\s{_QUOTES}]*(?:id[_:\s]*)?(.*?)[\s{_QUOTES},;Ll]*", re.IGNORECASE | re.DOTALL)
#: Thousands separators, always the same one; a single dot could also start a fraction.
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([,_'\u2019 \u00a0\u202f])[0-9]{3}(?:\1[0-9]{3})*|(?:\.[0-9]{3}){2,})")
_FRACTION: Final = re.compile(r"([0-9]+)\.0*")
_POWER: Final = re.compile(r"([0-9])(?:[.,]([0-9]+))?E\+?([0-9]{1,2})", re.IGNORECASE)
_SCALED: Final = re.compile(r"([0-9]+)(?:[.,]([0-9]{1,9}))?\s?([kmb])", re.IGNORECASE)
_ZEROS: Final = {"k": 3, "m": 6, "b": 9}


def digits(given: str) -> str | None:
    """The digits of a whole number in another spelling; None if there are none, or some are lost.

    >>> digits("'7300"), digits("7300.0"), digits("7,300,123"), digits("7.3E+3"), digits("7.3E+18"), digits("1.5M")
    ('7300', '7300', '7300123', '7300', None, '1500000')
    """
    if len(given) > LONGEST_SHOWN:
        return None
    core = _AROUND.fullmatch(unicodedata.normalize("NFKC", given))
    text = core[1] if core else given
    if _GROUPED.fullmatch(text):
        text = re.sub("[^0-9]", "", text)
    fraction, power, scaled = _FRACTION.fullmatch(text), _POWER.fullmatch(text), _SCALED.fullmatch(text)
    if fraction:
        text = fraction[1]
    elif power:
        part, zeros = power[2] or "", int(power[3])
        text = _shifted(power[1], part, zeros)
        if len(part) < zeros >= _ROUNDED_FROM:  # a spreadsheet keeps 15 digits
            return None
    elif scaled:
        text = _shifted(scaled[1], scaled[2] or "", _ZEROS[scaled[3].lower()])
    return (text.lstrip("0") or "0") if text.isascii() and text.isdigit() else None


_ROUNDED_FROM: Final = 15


def _shifted(whole: str, part: str, zeros: int) -> str:
    """The digits of a number times a power of ten; "" if a fraction is left."""
    part = part.rstrip("0")
    return whole + part.ljust(zeros, "0") if len(part) <= zeros else ""


def is_rounded(given: str) -> bool:
    """Whether a spreadsheet or a float has dropped the last digits of this number, as in 7.3E+18."""
    core = _AROUND.fullmatch(given[:LONGEST_SHOWN])
    return bool(core and _POWER.fullmatch(core[1])) and digits(given) is None


def plain_day(given: str) -> str:
    """A text that should be a day, with ASCII digits and dashes, and without what stands around it.

    >>> plain_day("\u00a02023\u201301\u201331\\n")
    '2023-01-31'
    """
    marks = ("-" if unicodedata.category(one) == "Pd" or one == "\u2212" else one for one in given.strip(_AROUND_DAYS))
    return "".join(str(unicodedata.decimal(one, one)) for one in marks)


#: Blanks and quotes, also those that no editor shows.
_AROUND_DAYS: Final = _QUOTES + "\t\n\v\f\r \u00a0\u2007\u2009\u202f\u3000"


def days(given: str) -> list[str]:
    """The days, as YYYYMMDD, that another spelling can mean: day and month swapped, or seconds since 1970.

    >>> days("31/01/2023"), days("2023-1-5"), days("02.01.2023"), days("1672531200")
    (['20230131'], ['20230105'], ['20230102', '20230201'], ['20230101'])
    """
    numbers = [int(number) for number in re.findall("[0-9]+", given[:LONGEST_SHOWN])]
    if given.isascii() and given.isdigit() and len(given) in (10, 13):
        return [moment(int(given[:10])).strftime("%Y%m%d")]
    if not re.fullmatch(r"[0-9]+([-/. ])[0-9]+\1[0-9]+", given):
        return []
    first, month, last = numbers
    orders = [(first, month, last)] if first > 31 else [(last, month, first), (last, first, month)]
    return [*dict.fromkeys(f"{y:04}{m:02}{d:02}" for y, m, d in orders if _is_day(y, m, d))]


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        return date(year, month, day) >= date(1000, 1, 1)
    except (ValueError, OverflowError):
        return False


# Regions

#: Names of more than one country.
_GROUPS: Final = {
    **dict.fromkeys(("EU", "EUROPEANUNION"), "the European Union"),
    **dict.fromkeys(("EUROPE", "AFRICA", "ASIA", "OCEANIA", "NORTHAMERICA", "SOUTHAMERICA"), "a continent"),
    **dict.fromkeys(("LATINAMERICA", "LATAM", "MENA", "EMEA", "APAC", "EURO", "EUROZONE"), "a group of countries"),
    **dict.fromkeys(("WORLD", "WORLDWIDE", "GLOBAL", "ALL", "ANY", "INTL", "INTERNATIONAL"), "no country"),
}
#: Names that are used with "the".
_WITH_ARTICLE: Final = re.compile(
    r"(?:United|U\.S\.|British|Republic|Democratic|Dominican R|Central A|French S)"
    r"|(?:.* )?(?:Islands|Territories|Territory|Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines)$"
)
_ONE_SPELLING: Final = {"the": "", "st": "saint", "ste": "saint"}
#: A language and a country, as in en-US.
_LOCALE: Final = re.compile("[A-Za-z]{2}[-_]([A-Za-z]{2})")
_INSIDE_WORDS: Final = re.compile("[.'`\u2018\u2019]")


def letters_of(name: str) -> str:
    """The letters and digits of a name in capitals: no accents, no article, one spelling of "saint" and "and".

    >>> letters_of("the U.S. Virgin Islands"), letters_of("Côte d'Ivoire"), letters_of("St-Lucia")
    ('USVIRGINISLANDS', 'COTEDIVOIRE', 'SAINTLUCIA')
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", _INSIDE_WORDS.sub("", bare.replace("&", " and ")))
    return "".join(_ONE_SPELLING.get(word, word) for word in words).upper()


@lru_cache(maxsize=1)  # needed only after a mistake
def _spellings() -> dict[str, list[str]]:
    """For the letters of each country name and three-letter code, the possible codes."""
    spellings: dict[str, list[str]] = {}
    for code, names in {**COUNTRIES, **UNDOCUMENTED}.items():
        for name in names:
            spellings.setdefault(letters_of(name), []).append(code)
    for code in UNDOCUMENTED:
        spellings.setdefault(code, []).append(code)
    return spellings


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """For the code and the letters of the name of each language, its code."""
    return {letters: code for code, (name, *_) in LANGUAGES.items() for letters in (letters_of(name), code)}


@lru_cache(maxsize=1024)
def region(given: str) -> str:
    """What to write for an undocumented region code: never a code that is only spelt similarly.

    >>> region("UK"), region("Ivory Coast"), region("che")
    ("the United Kingdom is 'GB'", "Côte d'Ivoire is 'CI'", "Switzerland is 'CH'")
    """
    plain = given.strip().upper()
    if plain in REGION_CODES and given.isascii():
        return f"write {plain!r}"
    letters = letters_of(given)
    locale = _LOCALE.fullmatch(given.strip())
    written = locale[1].upper() if locale else letters
    if written in REGION_CODES:
        return f"write {written!r}"
    if letters in _spellings():
        return listing(map(_country, _spellings()[letters]))
    if letters in FORMER:
        today = FORMER[letters]
        meant = listing(map(_country, today)) if len(today) < 5 else f"write one of {', '.join(today)}"
        return f"{letters} is a code of former times: {meant}"
    if letters in _languages():
        return _language(letters)
    if letters in _GROUPS:
        return _group(letters)
    several = re.findall("[A-Za-z]+", given)
    if len(several) > 1 and all(one.upper() in REGION_CODES for one in several):
        return f"write each as a value of its own, with IN: {', '.join(repr(one.upper()) for one in several)}"
    return "region codes are two capitals, such as 'US'"


def _country(code: str) -> str:
    """A country with its code."""
    if code in UNDOCUMENTED:
        return f"{_spoken(UNDOCUMENTED[code][0])} is {code!r}, which the API does not document"
    return f"{_spoken(COUNTRIES[code][0])} is {code!r}"


def _spoken(name: str) -> str:
    return f"the {name}" if _WITH_ARTICLE.match(name) else name


def _language(letters: str) -> str:
    name, *countries = LANGUAGES[_languages()[letters]]
    what = f"{name} is a language" if letters_of(name) == letters else f"{letters} is a language, {name}"
    code = countries[0] if countries else "US"
    return f"{what}, and no country; name a country, such as {code!r} for {_spoken(COUNTRIES[code][0])}"


def _group(letters: str) -> str:
    what = _GROUPS[letters]
    if what == "no country":
        return f"{letters} is no country: for all of them leave the condition out"
    among = ", ".join(EUROPEAN_UNION) if what == "the European Union" else "such as FR, TH"
    return f"{letters} is {what}, and no country: list its countries with IN: {among}"


def length(given: str) -> str:
    """What to write for a length that is not documented."""
    upper = given.strip().upper().replace(" ", "_").replace("-", "_")
    if upper in LENGTHS:
        return f"write {upper!r}"
    seconds = digits(upper.rstrip("SECOND_"))  # as in 30s
    if seconds is not None:
        found = (name for name, (_, most) in LENGTH_SECONDS.items() if most is None or int(seconds) <= most)
        return f"{seconds} seconds are {next(found)!r}"
    meant = _LENGTHS.get(upper.replace("_", "")) or nearest(upper, LENGTHS, cutoff=0.5)
    among = ", ".join(LENGTHS)
    return f"the nearest one is {meant!r} of {among}" if meant else f"the lengths are {among}"
