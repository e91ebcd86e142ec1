"""What the vendor documents about querying videos, as data: nothing else in the package states a fact twice.

Source: the page "Query Videos" of the TikTok Research API, and, where a comment says so, what the vendor's other
pages and the API's users report. Days and moments are UTC.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import attrs

#: The operations of a condition; EQ takes one value ("EQ must have one field value", says the API), IN any number.
Operation = Literal["EQ", "IN", "GT", "GTE", "LT", "LTE"]

#: The documented region codes: where the creator registered the account.
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

#: The documented lengths, shortest first.
LengthName = Literal["SHORT", "MID", "LONG", "EXTRA_LONG"]

OPERATIONS: Final[tuple[Operation, ...]] = get_args(Operation)
REGION_CODES: Final[tuple[RegionCode, ...]] = get_args(RegionCode)
LENGTHS: Final[tuple[LengthName, ...]] = get_args(LengthName)

#: The shortest and the longest video of each length, in seconds, both included; None: no upper bound.
LENGTH_SECONDS: Final[dict[LengthName, tuple[int, int | None]]] = {
    "SHORT": (0, 14),
    "MID": (15, 60),
    "LONG": (61, 300),
    "EXTRA_LONG": (301, None),
}

INT64_MAX: Final = 2**63 - 1


@attrs.frozen(eq=False, repr=False)  # there are nine, and each is only itself
class ConditionField:
    """A documented condition field: how it is spelt, what it takes, and what a value has to look like."""

    name: str
    #: The name of the object that stands for it in Python.
    title: str
    #: How its values are written: a day, a text, an id, or a word from a closed table.
    form: Literal["day", "text", "id", "table"]
    #: The code of the problem that a wrong value is.
    code: str
    operations: frozenset[str]
    description: str
    example: str
    #: Whether one video can carry several values at once.
    many_valued: bool = False
    #: The closed table, for the form "table".
    values: tuple[str, ...] = ()
    #: The least id, for the form "id".
    minimum: int = 1
    #: What a text must not begin with: users type it, the API does not store it.
    sigil: str = ""


_MATCH = frozenset({"EQ", "IN"})

#: The nine condition fields, by name. That only dates take GT, GTE, LT and LTE is on the sister page of the vendor's
#: compute environment.
FIELDS: Final[dict[str, ConditionField]] = {
    field.name: field
    for field in (
        ConditionField(
            "create_date", "CreateDate", "day", "date", frozenset(OPERATIONS),
            "The day the video was created, in UTC", "20220910",
        ),
        ConditionField(
            "username", "Username", "text", "text", _MATCH,
            "The username of the video's creator", "cookie_love_122", sigil="@",
        ),
        ConditionField(
            "region_code", "Region", "table", "region-code", _MATCH,
            "The country in which the creator registered the account", "FR", values=REGION_CODES,
        ),
        ConditionField(
            "video_id", "VideoId", "id", "id", _MATCH,
            "The id of the video", "6978662169214864645",
        ),
        ConditionField(
            "hashtag_name", "Hashtag", "text", "text", _MATCH,
            "A hashtag of the video", "arianagrande", many_valued=True, sigil="#",
        ),
        ConditionField(
            "keyword", "Keyword", "text", "text", _MATCH,
            "A word or any other part of the video's description, whatever the case", "tiktok", many_valued=True,
        ),
        ConditionField(
            "music_id", "MusicId", "id", "id", _MATCH,
            "The id of the video's music", "8978345345214861235",
        ),
        ConditionField(
            "effect_id", "EffectId", "id", "id", _MATCH,
            "The id of an effect of the video", "3957392342148643476", many_valued=True, minimum=0,
        ),
        ConditionField(
            "video_length", "Length", "table", "video-length", _MATCH,
            "How long the video is", "SHORT", values=LENGTHS,
        ),
    )
}  # fmt: skip

CONDITION_KEYS: Final = ("field_name", "operation", "field_values")
QUERY_KEYS: Final = ("and", "or", "not")
REQUEST_KEYS: Final = (
    "query", "start_date", "end_date", "max_count", "cursor", "search_id", "is_random",
)  # fmt: skip
REQUIRED_REQUEST_KEYS: Final = ("query", "start_date", "end_date")

#: The fields of a Video Object, which the parameter `fields` chooses from.
VideoField = Literal[
    "id", "video_description", "create_time", "region_code", "share_count", "view_count", "like_count",
    "comment_count", "music_id", "hashtag_names", "username", "effect_ids", "playlist_id", "voice_to_text",
    "is_stem_verified", "favourites_count", "video_duration", "hashtag_info_list", "video_mention_list",
    "video_label",
]  # fmt: skip

#: Their documented types and what they hold, in the order of the documented list.
VIDEO_FIELDS: Final[dict[str, tuple[str, str]]] = {
    "id": ("int64", "The id of the video"),
    "video_description": ("string", "The description of the video, also known as its title"),
    "create_time": ("int64", "When the video was posted: seconds since 1970, UTC"),
    "region_code": ("string", "The country in which the creator registered the account"),
    "share_count": ("int64", "How often the video was shared"),
    "view_count": ("int64", "How often the video was viewed"),
    "like_count": ("int64", "How many likes the video has"),
    "comment_count": ("int64", "How many comments the video has"),
    "music_id": ("int64", "The id of the video's music"),
    "hashtag_names": ("list<string>", "The hashtags of the video"),
    "username": ("string", "The username of the video's creator"),
    "effect_ids": ("list<string>", "The ids of the video's effects"),
    "playlist_id": ("int64", "The playlist that the video belongs to"),
    "voice_to_text": ("string", "What is said in the video, and its subtitles, where there is such a text"),
    "is_stem_verified": ("bool", "Whether the video was verified as good content about science"),
    "favourites_count": ("int64", "How many favourites the video has"),
    "video_duration": ("int64", "How long the video is, in seconds"),
    "hashtag_info_list": ("struct", "The ids of the hashtags, with a description where there is one"),
    "video_mention_list": ("list<string>", "The users that the video mentions"),
    "video_label": ("struct", "The labels of the video"),
}
ALL_FIELDS: Final[tuple[VideoField, ...]] = get_args(VideoField)

#: What an answer leaves out altogether where a video has none (users); hashtag_names comes as [] then.
LEFT_OUT_WHEN_EMPTY: Final = ("effect_ids", "voice_to_text")

#: Fields that the vendor's page has gained since it was copied here (reported by users): allowed, with a warning.
NEWER_VIDEO_FIELDS: Final = ("favorites_count", "sticker_info_list", "effect_info_list", "video_tag")

MAX_COUNT: Final = 100
DEFAULT_COUNT: Final = 20
#: "The end_date must be no more than 30 days after the start_date": 31 days with both ends.
MAX_DAYS_APART: Final = 30
#: The newest videos appear about two days late (users).
LAG_DAYS: Final = 2
#: Requests and records a day, for everyone on the same project (vendor).
DAILY_REQUESTS: Final = 1_000
DAILY_VIDEOS: Final = 100_000

API_URL: Final = "https://open.tiktokapis.com"
QUERY_PATH: Final = "/v2/research/video/query/"
TOKEN_PATH: Final = "/v2/oauth/token/"  # noqa: S105  # a path, no secret
#: How long an access token is good for, in seconds ("expires_in": 7200).
TOKEN_LIFETIME: Final = 7_200

#: The codes of the errors that the API answers with, and the HTTP status that each comes with; success is "ok".
API_ERRORS: Final[dict[str, int]] = {
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "scope_permission_missed": 400,
    "invalid_params": 400,
    "rate_limit_exceeded": 429,
    "internal_error": 500,
}
