"""What the vendor documents about querying videos, as data. No other module of the package repeats these facts.

Source: the page "Query Videos" of the TikTok Research API. Where a comment says so, the source is another page of the
vendor, or reports of the API's users. Days and moments are UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeVar, get_args

import attrs

from . import errors, videos

#: The operations of a condition.
Operation = Literal["EQ", "IN", "GT", "GTE", "LT", "LTE"]

#: The documented region codes: the country in which the creator registered the account.
RegionCode = Literal[
    "FR", "TH", "MM", "BD", "IT", "NP", "IQ", "BR", "US", "KW", "VN", "AR", "KZ", "GB", "UA", "TR", "ID", "PK",
    "NG", "KH", "PH", "EG", "QA", "MY", "ES", "JO", "MA", "SA", "TW", "AF", "EC", "MX", "BW", "JP", "LT", "TN",
    "RO", "LY", "IL", "DZ", "CG", "GH", "DE", "BJ", "SN", "SK", "BY", "NL", "LA", "BE", "DO", "TZ", "LK", "NI",
    "LB", "IE", "RS", "HU", "PT", "GP", "CM", "HN", "FI", "GA", "BN", "SG", "BO", "GM", "BG", "SD", "TT", "OM",
    "FO", "MZ", "ML", "UG", "RE", "PY", "GT", "CI", "SR", "AO", "AZ", "LR", "CD", "HR", "SV", "MV", "GY", "BH",
    "TG", "SL", "MK", "KE", "MT", "MG", "MR", "PA", "IS", "LU", "HT", "TM", "ZM", "CR", "NO", "AL", "ET", "GW",
    "AU", "KR", "UY", "JM", "DK", "AE", "MD", "SE", "MU", "SO", "CO", "AT", "GR", "UZ", "CL", "GE", "PL", "CA",
    "CZ", "ZA", "AI", "VE", "KG", "PE", "CH", "LV", "PR", "NZ", "TL", "BT", "MN", "FJ", "SZ", "VU", "BF", "TJ",
    "BA", "AM", "TD", "SI", "CY", "MW", "EE", "XK", "ME", "KY", "YE", "LS", "ZW", "MC", "GN", "BS", "PF", "NA",
    "VI", "BB", "BZ", "CW", "PS", "FM", "PG", "BI", "AD", "TV", "GL", "KM", "AW", "TC", "CV", "MO", "VC", "NE",
    "WS", "MP", "DJ", "RW", "AG", "GI", "GQ", "AS", "AX", "TO", "KN", "LC", "NC", "LI", "SS", "IR", "SY", "IM",
    "SC", "VG", "SB", "DM", "KI", "UM", "SX", "GD", "MH", "BQ", "YT", "ST", "CF", "BM", "SM", "PW", "GU", "HK",
    "IN", "CK", "AQ", "WF", "JE", "MQ", "CN", "GF", "MS", "GG", "TK", "FK", "PM", "NU", "MF", "ER", "NF", "VA",
    "IO", "SH", "BL", "CU", "NR", "TP", "BV", "EH", "PN", "TF", "RU",
]  # fmt: skip

#: The documented lengths, the shortest first.
LengthName = Literal["SHORT", "MID", "LONG", "EXTRA_LONG"]

#: How many values each operation takes; None means any number ("EQ must have one field value", says the API).
VALUES_TAKEN: Final[dict[Operation, Literal[1] | None]] = {"EQ": 1, "IN": None, "GT": 1, "GTE": 1, "LT": 1, "LTE": 1}
OPERATIONS: Final[tuple[Operation, ...]] = tuple(VALUES_TAKEN)
REGION_CODES: Final[tuple[RegionCode, ...]] = get_args(RegionCode)
LENGTHS: Final[tuple[LengthName, ...]] = get_args(LengthName)

#: The shortest and the longest video of each length, in seconds, both included; None means no upper bound.
LENGTH_SECONDS: Final[dict[LengthName, tuple[int, int | None]]] = {
    "SHORT": (0, 14),
    "MID": (15, 60),
    "LONG": (61, 300),
    "EXTRA_LONG": (301, None),
}


INT64_MAX: Final = videos.INT64_MAX


T = TypeVar("T")


@attrs.frozen(eq=False, repr=False)  # each object equals only itself
class ConditionField:
    """A documented condition field: its name, its operations, and the form of its values."""

    name: str
    #: The name of its object in Python.
    title: str
    #: The form of its values: a day, a text, an id, a count, or a word from a closed table.
    form: Literal["day", "text", "id", "count", "table"]
    #: The code of the problem for an invalid value.
    code: errors.Code
    operations: frozenset[str]
    #: The field of a Video Object that decides whether a video meets a condition.
    video_field: str
    #: How a value is compared with the Video field: day, the UTC day of a moment; same, equality; name among, in lower
    #: case with the members of a list; among, with the members of a list; part, as a part of a text in any letter case;
    #: duration, as the length of a duration in seconds; number, by order.
    compared: Literal["day", "same", "name among", "among", "part", "duration", "number"]
    description: str
    example: str
    #: Whether one video can carry several values at once.
    many_valued: bool = False
    #: The closed table, for the form "table".
    values: tuple[str, ...] = ()
    #: Whether the closed table goes from the lowest value to the highest.
    in_order: bool = False
    #: The lowest number, for the forms "id" and "count".
    minimum: int = 1
    #: A prefix that a text must not have: users type it, but the API does not store it.
    sigil: str = ""

    @property
    def is_ordered(self) -> bool:
        """Whether its values have an order: the API compares them, or the closed table is sorted."""
        return self.in_order or "LT" in self.operations

    def by_form(self, known: Mapping[str, T], who: str) -> T:
        """The entry for the form of this field. Raises NotImplementedError, naming `who`, for an unknown form."""
        if self.form not in known:
            raise NotImplementedError(
                f"{who}: the form {self.form!r} of {self.name} is not known; known are {', '.join(known)}"
            )
        return known[self.form]


_MATCH = frozenset({"EQ", "IN"})

#: The condition fields, by name: the nine of the page of 2023, and the two counts of today's page. Another page of the
#: vendor (about its compute environment) says that only the date, of the nine, takes GT, GTE, LT and LTE.
FIELDS: Final[dict[str, ConditionField]] = {
    field.name: field
    for field in (
        ConditionField(
            "create_date", "CreateDate", "day", "date", frozenset(OPERATIONS), "create_time", "day",
            "The day the video was created, in UTC", "20220910",
        ),
        ConditionField(
            "username", "Username", "text", "text", _MATCH, "username", "same",
            "The username of the video's creator", "cookie_love_122", sigil="@",
        ),
        ConditionField(
            "region_code", "Region", "table", "region-code", _MATCH, "region_code", "same",
            "The country in which the creator registered the account", "FR", values=REGION_CODES,
        ),
        ConditionField(
            "video_id", "VideoId", "id", "id", _MATCH, "id", "same",
            "The id of the video", "6978662169214864645",
        ),
        ConditionField(
            "hashtag_name", "Hashtag", "text", "text", _MATCH, "hashtag_names", "name among",
            "A hashtag of the video", "arianagrande", many_valued=True, sigil="#",
        ),
        ConditionField(
            "keyword", "Keyword", "text", "text", _MATCH, "video_description", "part",
            "A word or any other part of the video's description, whatever the case", "tiktok", many_valued=True,
        ),
        ConditionField(
            "music_id", "MusicId", "id", "id", _MATCH, "music_id", "same",
            "The id of the video's music", "8978345345214861235",
        ),
        ConditionField(
            "effect_id", "EffectId", "id", "id", _MATCH, "effect_ids", "among",
            "The id of an effect of the video", "3957392342148643476", many_valued=True, minimum=0,
        ),
        ConditionField(
            "video_length", "Length", "table", "video-length", _MATCH, "video_duration", "duration",
            "How long the video is", "SHORT", values=LENGTHS, in_order=True,
        ),
        ConditionField(
            "view_count", "ViewCount", "count", "count", frozenset(OPERATIONS), "view_count", "number",
            "How often the video was viewed, at the moment of asking", "1000", minimum=0,
        ),
        ConditionField(
            "comment_count", "CommentCount", "count", "count", frozenset(OPERATIONS), "comment_count", "number",
            "How many comments the video has, at the moment of asking", "1000", minimum=0,
        ),
    )
}  # fmt: skip

CONDITION_KEYS: Final = ("field_name", "operation", "field_values")
QUERY_KEYS: Final = ("and", "or", "not")
REQUEST_KEYS: Final = (
    "query", "start_date", "end_date", "max_count", "cursor", "search_id", "is_random",
)  # fmt: skip
REQUIRED_REQUEST_KEYS: Final = ("query", "start_date", "end_date")

#: The fields of a Video Object, from which the parameter `fields` selects: the attributes of `Video`.
VIDEO_FIELDS: Final = videos.VIDEO_FIELDS
ALL_FIELDS: Final = videos.ALL_FIELDS

#: Field names of the page of 2023 that today's API refuses (users), with today's names. `video_id` for `id` is not one
#: of them: only answers have it.
OLDER_VIDEO_FIELDS: Final[dict[str, str]] = {
    field.other_spelling: name for name, field in VIDEO_FIELDS.items() if field.other_spelling and name != "id"
}

MAX_COUNT: Final = 100
DEFAULT_COUNT: Final = 20
#: "The end_date must be no more than 30 days after the start_date": 31 days with both ends.
MAX_DAYS_APART: Final = 30
#: A new video takes up to 48 hours to be found (vendor).
LAG_DAYS: Final = 2
#: Requests and records per day, for everyone on the same project (vendor).
DAILY_CALLS: Final = 1_000
DAILY_VIDEOS: Final = 100_000

API_URL: Final = "https://open.tiktokapis.com"
#: The environment variable for another host, such as that of a sandbox.
API_URL_VARIABLE: Final = "TIKTOK_API_URL"
#: The origin of videos of a sandbox, in place of a host.
THIS_COMPUTER: Final = "this computer"
QUERY_PATH: Final = "/v2/research/video/query/"
TOKEN_PATH: Final = "/v2/oauth/token/"  # noqa: S105  # a path, no secret
#: The lifetime of an access token in seconds ("expires_in": 7200).
TOKEN_LIFETIME: Final = 7_200

#: The error codes of the API, and the HTTP status of each; success is "ok".
API_ERRORS: Final[dict[str, int | None]] = {code: error.status for code, error in errors.ERRORS_BY_CODE.items()}
