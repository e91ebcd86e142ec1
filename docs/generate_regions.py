"""Writes `querydsl/spec/countries.py`: the names, the other codes and the languages that people write for a region.

Run it after a change of the vendor's region codes or of the sources, with the extra `regions` installed. The names come
from the Unicode CLDR (Babel) and ISO 3166 (pycountry); other words that people write are in this script.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import pycountry
from babel import Locale
from babel.core import get_global

from querydsl.spec.suggestions import letters_of
from querydsl.tables import REGION_CODES

TARGET = Path(__file__).parent.parent / "querydsl" / "spec" / "countries.py"

#: Names that are shorter or plainer than in CLDR, or missing there.
NAMES = {
    "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "MO": "Macao",
    "PS": "Palestine",
    "TP": "East Timor",
}
#: Entries without a three-letter code in today's ISO 3166: a code of their own, or an older one.
THREE_LETTERS = {"XK": "XKX", "TP": "TMP"}
#: Other names, and codes of other lists that users take for ISO 3166: IOC, FIPS, the European Union's.
OTHER = {
    "AE": ["UAE", "Emirates"],
    "BG": ["BUL"],
    "BN": ["Brunei Darussalam"],
    "BQ": ["Caribbean Netherlands"],
    "CD": ["DRC", "DR Congo", "Congo", "Congo, Dem. Rep."],
    "CG": ["Congo", "Congo, Rep."],
    "CH": ["SUI"],
    "CI": ["Ivory Coast"],
    "CL": ["CHI"],
    "CN": ["PRC", "Mainland China", "People's Republic of China"],
    "CV": ["Cape Verde"],
    "CZ": ["Czech Republic", "EZ"],
    "DE": ["GER"],
    "DK": ["DEN"],
    "DZ": ["ALG"],
    "ES": ["SP"],
    "FK": ["Falklands"],
    "FM": ["Micronesia"],
    "GB": ["UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland", "ENG", "SCO", "WAL"],
    "GR": ["EL", "GRE"],
    "HR": ["CRO"],
    "ID": ["INA"],
    "IE": ["EI", "Republic of Ireland"],
    "HK": ["Hong Kong SAR"],
    "KR": ["Korea", "Korea South", "Korea, Rep.", "ROK"],
    "LA": ["Lao PDR"],
    "LV": ["LAT"],
    "MK": ["Macedonia"],
    "MM": ["Burma"],
    "MO": ["Macau", "Macau SAR"],
    "MY": ["MAS"],
    "NG": ["NGR"],
    "NL": ["NED", "Holland"],
    "PH": ["PHI", "RP"],
    "PS": ["Palestinian Territories", "Palestinian Territory"],
    "PT": ["POR", "PO"],
    "PY": ["PAR"],
    "SA": ["KSA"],
    "SI": ["SLO"],
    "SK": ["Slovak Republic"],
    "ST": ["Sao Tome"],
    "SZ": ["Swaziland"],
    "TL": ["East Timor"],
    "TR": ["Turkey", "TU"],
    "TW": ["TPE", "Chinese Taipei", "ROC"],
    "UA": ["UP"],
    "US": ["America", "USA"],
    "UY": ["URU"],
    "VA": ["Vatican"],
    "VG": ["Virgin Islands"],
    "VI": ["Virgin Islands"],
    "VN": ["VIE", "VM"],
    "ZA": ["RSA"],
}
#: Codes of languages that users first read as something else: a group, a country, a state of the United States.
NO_LANGUAGES = {"EL", "EU", "UK", "AN", "SU", "AK", "CT", "IA", "KS", "MI", "ND", "NV", "NY", "OR", "WA"}
EUROPEAN_UNION = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
]  # fmt: skip

ENGLISH = Locale("en")
ISO = {country.alpha_2: country for country in pycountry.countries}


def main() -> None:
    """Write the module."""
    TARGET.write_text(module(), encoding="utf-8")


def module() -> str:
    """The source of the module."""
    undocumented = [code for code in ISO if code not in REGION_CODES]
    parts = [
        '"""What people write for a region: names, other codes, languages. Made by docs/generate_regions.py."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        "# fmt: off",
        "",
        "#: For each region code: its English name, its three-letter code in ISO 3166, and its other names.",
        *table("COUNTRIES", ((code, names(code)) for code in sorted(REGION_CODES))),
        "",
        "#: The same for the codes of ISO 3166 that the API does not document.",
        *table("UNDOCUMENTED", ((code, names(code)) for code in sorted(undocumented))),
        "",
        "#: For each code that ISO 3166 has withdrawn: the code or codes of today.",
        *table("FORMER", former()),
        "",
        "#: For each language code that is not a region code: its English name, and a country where it is spoken.",
        *table("LANGUAGES", languages()),
        "",
        *table("EUROPEAN_UNION", EUROPEAN_UNION),
        "# fmt: on",
    ]
    return "\n".join(parts) + "\n"


def names(code: str) -> tuple[str, ...]:
    """The name, the three-letter code and the other names of a country, each only once."""
    iso, cldr = ISO.get(code), ENGLISH.territories.get(code)
    name = NAMES.get(code) or cldr
    assert name is not None
    three = THREE_LETTERS.get(code) or iso.alpha_3
    also = [
        cldr,
        *(getattr(iso, kind, None) for kind in ("common_name", "name", "official_name")),
        *OTHER.get(code, ()),
    ]
    known = {letters_of(name), letters_of(three)}
    others = []
    for other in filter(None, also):
        if letters_of(other) not in known:
            known.add(letters_of(other))
            others.append(other)
    return (name, three, *others)


def former() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The two-letter codes that ISO 3166 has withdrawn, except those that users read as a language."""
    old = {country.alpha_2 for country in pycountry.historic_countries} - {*ISO, *REGION_CODES}
    for code in sorted(old - {language.upper() for language in spoken()}):
        yield code, tuple(today for today in get_global("territory_aliases")[code] if today in REGION_CODES)


def spoken() -> set[str]:
    """The lower-case codes of languages that have a hint of their own."""
    return {code for code in ENGLISH.languages if len(code) == 2 and code.upper() not in NO_LANGUAGES}


def languages() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The languages, each with the country in which it is most widely spoken."""
    taken = {letters_of(name) for code in REGION_CODES for name in names(code)} | set(REGION_CODES)
    for code in sorted(spoken()):
        country = get_global("likely_subtags").get(code, "").rpartition("_")[2]
        if code.upper() not in taken:
            yield code.upper(), (ENGLISH.languages[code], *([country] if country in REGION_CODES else []))


def table(name: str, rows: Iterable[str | tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """A constant of the module: a dict of tuples of text, or a tuple of texts."""
    entries = list(rows)
    if isinstance(entries[0], str):
        yield f"{name}: Final = ("
        yield from textwrap.wrap(
            ", ".join(map(quoted, entries)) + ",", 116, initial_indent=_INDENT, subsequent_indent=_INDENT
        )
        yield ")"
        return
    yield f"{name}: Final[dict[str, tuple[str, ...]]] = {{"
    for key, values in entries:
        yield from wrapped(f"{quoted(key)}: ({', '.join(map(quoted, values))}{',' * (len(values) == 1)}),")
    yield "}"


def quoted(text: str) -> str:
    return json.dumps(text.replace("\u2019", "'"), ensure_ascii=False)


def wrapped(line: str) -> Iterator[str]:
    """The lines of an entry: broken between two texts, never inside one."""
    glued = line.replace('", "', '",\0"').replace(" ", "\1").replace("\0", " ")
    for part in textwrap.wrap(glued, 116, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False):
        yield _INDENT + part.replace("\1", " ")


_INDENT = "    "


if __name__ == "__main__":
    main()
