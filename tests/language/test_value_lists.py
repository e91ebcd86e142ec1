"""Files with one value per line."""

from __future__ import annotations

import pytest

from querydsl import ValidationError
from querydsl.language.value_lists import MAX_BYTES, read_values


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A function that writes a file in the working directory and gives its name."""
    monkeypatch.chdir(tmp_path)

    def write(content: str | bytes) -> str:
        (tmp_path / "tags.txt").write_bytes(content.encode() if isinstance(content, str) else content)
        return "tags.txt"

    return write


class TestValues:
    @pytest.mark.parametrize(
        "content",
        [
            "cats\ndogs",
            "cats\r\ndogs\r\n",
            "cats\rdogs",
            "\ufeffcats\ndogs\n",
            "\n  cats\t\n\n\xa0dogs \n\n",
            "#cats\n@dogs\n",
            "# cats\n# and\n#\tdogs\n#\ncats\n  # more\ndogs",
            "\ufeffcats\r\ndogs\r\n".encode("utf-16-le"),
            "cats\ndogs".encode("utf-16"),
        ],
        ids=["lines", "CRLF", "CR", "byte order mark", "blanks", "sigils", "comments", "PowerShell", "UTF-16"],
    )
    def test_one_a_line(self, file, content):
        assert [value for _, value in read_values(file(content), "hashtag_name")] == ["cats", "dogs"]

    def test_each_has_its_line(self, file):
        assert read_values(file("# tags\n\ncats\n"), "hashtag_name") == [(3, "cats")]

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("hashtag_name", ["cats", "dogs", "a#b"]),
            ("username", ["cats", "dogs", "a#b"]),
            ("keyword", ["#cats", "@dogs", "a#b"]),
        ],
    )
    def test_sigils_are_removed_only_from_names(self, file, field, values):
        assert [value for _, value in read_values(file("#cats\n@dogs\na#b"), field)] == values

    @pytest.mark.parametrize("value", ["a\u2028b", "a\x0bb", "a\x85b", "日本 語"], ids=ascii)
    def test_only_line_ends_end_a_line(self, file, value):
        assert read_values(file(value), "keyword") == [(1, value)]


class TestRefusals:
    def refusal(self, path: str) -> str:
        with pytest.raises(ValidationError) as refusal:
            read_values(path, "hashtag_name")
        return str(refusal.value)

    @pytest.mark.parametrize("content", ["", "\n \n", "# a\n#\n", "\ufeff"])
    def test_no_value(self, file, content):
        assert self.refusal(file(content)) == "'tags.txt': the file holds no value; write one a line"

    def test_no_file(self, tmp_path):
        hint = "a name is relative to the folder that the command runs in"
        assert self.refusal("missing.txt") == f"'missing.txt': No such file or directory; {hint}"
        assert "Is a directory" in self.refusal(str(tmp_path))

    def test_no_text(self, file):
        assert self.refusal(file(b"cats\n\xff\xfe\xfd")) == (
            "'tags.txt': the file is not text: byte 6 is wrong; save the file as UTF-8"
        )

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (b"PK\x03\x04\x14\0", "the file is not text, but a zip file, such as .xlsx or .docx"),
            (b"\xd0\xcf\x11\xe0", "the file is not text, but an Office file, such as .xls or .doc"),
            (b"%PDF-1.4\ncats", "the file is not text, but a PDF"),
            (b"\x1f\x8bcats", "the file is not text, but a file packed with gzip"),
            (b"SQLite format 3\0", "the file is not text, but a SQLite file, as collect makes them"),
        ],
        ids=["xlsx", "xls", "pdf", "gz", "db"],
    )
    def test_a_file_of_another_kind(self, file, content, what):
        assert self.refusal(file(content)) == f"'tags.txt': {what}; save what is meant as plain text, in UTF-8"

    def test_a_nul_character(self, file):
        assert "the file is not text: it has a NUL character" in self.refusal(file("cats\ndo\0gs"))

    @pytest.mark.parametrize("line", ["hashtag", "Hashtags", "hashtag_name", "hashtag_names,count", '"hashtag";"n"'])
    def test_the_header_of_a_table(self, file, line):
        assert self.refusal(file(f"\ufeff\n{line}\ncats")) == (
            f"'tags.txt': line 2, {line!r}, is the header of a table; "
            "keep one column, without its header; a value that is spelt so goes further down"
        )

    @pytest.mark.parametrize("content", ["#hashtag\ncats", "cats\nhashtag", "hashtagged\ncats"])
    def test_a_name_like_a_header_is_a_value_with_its_sign_or_further_down(self, file, content):
        assert len(read_values(file(content), "hashtag_name")) == 2

    @pytest.mark.parametrize(
        ("field", "line"), [("video_id", "id"), ("username", "username"), ("region_code", "region_code")]
    )
    def test_the_header_of_any_field(self, file, field, line):
        with pytest.raises(ValidationError, match="is the header of a table"):
            read_values(file(f"{line}\n7\n"), field)

    def test_a_huge_file(self, file, tmp_path):
        name = file("")
        with (tmp_path / name).open("wb") as huge:
            huge.truncate(MAX_BYTES + 1)
        assert self.refusal(name) == "'tags.txt': the file is longer than 16,777,216 bytes; split it"
