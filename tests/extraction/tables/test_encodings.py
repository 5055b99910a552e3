"""Encodings told from bytes, and the scan of a file before it is read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from extraction.files import DEFAULT_LIMITS, Limits, rank_encodings, scan_file
from kg.model import UnreadableFile

SIMPLIFIED = "设备编号,故障描述\nP-101A,轴承异响，更换密封件\nP-102,液压泵漏油\n"
TRADITIONAL = "設備編號,故障描述\nP-101A,軸承異響，更換密封件\nP-102,液壓泵漏油\n"
GERMAN = "Anlage;Störung\nP-101A;Öl läuft aus, Temperatur über 80 °C\nP-102;Gehäuse beschädigt\n"
FRENCH = "équipement,défaut\nP-1,fuite d'huile à l'étanchéité\nP-2,température élevée\n"


def scan(folder: Path, data: bytes, encoding: str | None = None, limits: Limits = DEFAULT_LIMITS):  # type: ignore[no-untyped-def]
    path = folder / "table.csv"
    path.write_bytes(data)
    return scan_file(path, encoding=encoding, limits=limits)


@pytest.mark.parametrize(
    ("text", "written_as", "told"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (GERMAN, "cp1252", "cp1252"),
        (FRENCH, "cp1252", "cp1252"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        ("asset,text\nP-1,leak\n" * 10, "utf-16-le", "utf-16-le"),
        ("asset,text\nP-1,leak\n", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(
    tmp_path: Path, text: str, written_as: str, told: str
) -> None:
    data = text.encode(written_as)
    found = scan(tmp_path, data).encoding.name
    assert found == told
    assert data.decode(found) == text


def test_mostly_english_with_a_few_chinese_words_is_told(tmp_path: Path) -> None:
    english = "".join(f"P-{n},bearing noise on drive end,{n}\n" for n in range(20_000))
    data = (english + "P-7,更换轴承,1\nP-8,漏油,2\n").encode("gb18030")
    assert scan(tmp_path, data).encoding.name == "gb18030"


def test_an_encoding_that_is_named_is_used(tmp_path: Path) -> None:
    assert scan(tmp_path, GERMAN.encode("cp1252"), "latin-1").encoding.name == "iso8859-1"
    with pytest.raises(UnreadableFile, match="no encoding 'klingon'"):
        scan(tmp_path, b"a,b\n", "klingon")


def test_bytes_in_no_encoding_are_refused_with_what_to_do(tmp_path: Path) -> None:
    noise = bytes(range(0x80, 0xA0)) * 50
    with pytest.raises(UnreadableFile, match="--encoding"):
        scan(tmp_path, b"a,b\n" + noise)


def test_damaged_utf8_is_still_utf8(tmp_path: Path) -> None:
    found = scan(tmp_path, SIMPLIFIED.encode() + b"P-3,\xff\xfe\n").encoding
    assert (found.name, found.is_damaged) == ("utf-8", True)


def test_ranking_prefers_the_right_one_by_far() -> None:
    ranked = rank_encodings("轴承异响，更换密封件".encode("gb18030"))
    assert ranked[0].name == "gb18030"
    assert ranked[0].score > 1.5 * ranked[1].score


def test_digest_size_and_lines_are_of_the_whole_file(tmp_path: Path) -> None:
    data = SIMPLIFIED.encode() * 40_000  # several blocks
    found = scan(tmp_path, data)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert (found.size, found.lines) == (len(data), 120_000)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02\xff" * 100, None),
    ],
)
def test_empty_and_binary(tmp_path: Path, data: bytes, sentence: str | None) -> None:
    if sentence is None:
        assert scan(tmp_path, data).kind == "binary"
        return
    with pytest.raises(UnreadableFile, match=sentence):
        scan(tmp_path, data)


def test_absent_folder_and_oversized(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"absent\.csv: there is no such file"):
        scan_file(tmp_path / "absent.csv")
    with pytest.raises(UnreadableFile, match="is a folder"):
        scan_file(tmp_path)
    with pytest.raises(UnreadableFile, match="more than the 10"):
        scan(tmp_path, b"x" * 11, limits=Limits(file_bytes=10))


def test_a_file_that_changes_meanwhile_is_noticed(tmp_path: Path) -> None:
    found = scan(tmp_path, b"a,b\n1,2\n")
    found.check_unchanged()
    (tmp_path / "table.csv").write_bytes(b"a,b\n1,2\n3,4\n")
    with pytest.raises(UnreadableFile, match="changed while"):
        found.check_unchanged()
