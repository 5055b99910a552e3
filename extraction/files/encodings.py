"""Which encoding a text has: told from its bytes, because exports never say.

A byte-order mark decides, then strict UTF-8. What is left is scored: text decoded in the right
encoding consists of characters that people use, in the wrong one of rare ones.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

CANDIDATES = ("gb18030", "big5", "cp1252")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Of characters that everyday and workshop Chinese is made of; they weigh more than merely known
# ones, because a wrong decoding also hits known characters now and then.
_FREQUENT = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产"
    "种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业"
    "本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利"
    "比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文"
    "总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干"
    "做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共"
    "权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张"
    "泵阀漏换修检查轴承温液噪异响堵磨损裂断松缺陷密封班组日期编号设备故障维护维保数量批次供应商客户名称描述"
    "類別開關號碼機車設備維護檢查換裝電壓溫度軸閥異響損壞數量單位時間點報廠問題發過對學會個國們來說這後"
)


class Encoding(NamedTuple):
    """A decision: the codec's name, how well it fits (0 to 1) and whether some bytes do not."""

    name: str
    score: float
    is_damaged: bool = False


def encoding_of_mark(start: bytes) -> str | None:
    """The encoding that a byte-order mark at the start of a file declares."""
    for mark, name in _BOMS:
        if start.startswith(mark):
            return name
    return None


def encoding_of_wide_text(start: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of mostly Latin text is zero."""
    if len(start) < 4:
        return None
    even, odd = start[0::2], start[1::2]
    for zeros, letters, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) > 0.4 * len(zeros) and letters.count(0) < 0.05 * len(letters):
            plain = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in letters)
            if plain > 0.5 * len(letters):
                return name
    return None


def rank_encodings(sample: bytes) -> list[Encoding]:
    """Encodings of a sample that is not clean UTF-8, best first.

    The sample should hold the lines with non-ASCII bytes only, so that a mostly English file is
    judged by what is not English in it.
    """
    ranked = [score_encoding(sample, name) for name in CANDIDATES]
    ranked.append(_score_utf8(sample))
    return sorted(ranked, key=lambda e: -e.score)


def score_encoding(sample: bytes, name: str) -> Encoding:
    """How much `sample`, decoded as `name`, looks like text that people write."""
    text = sample.decode(name, "replace")
    total = weight = 0.0
    damaged = False
    for index, char in enumerate(text):
        if char < "\x80":
            continue
        total += 1
        if char == "\ufffd":
            damaged = True
            weight -= 1
        elif name == "cp1252":
            weight += _western_weight(text, index)
        else:
            weight += _chinese_weight(char)
    return Encoding(name, max(0.0, weight / total) if total else 1.0, damaged)


def _score_utf8(sample: bytes) -> Encoding:
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c >= "\x80") - bad
    return Encoding("utf-8", good / (good + 3 * bad) if good else 0.0, bad > 0)


def _western_weight(text: str, index: int) -> float:
    char = text[index]
    category = unicodedata.category(char)
    if category == "Cc":
        return -1.0
    lone = not (
        (index > 0 and text[index - 1] >= "\x80")
        or (index + 1 < len(text) and text[index + 1] >= "\x80")
    )
    if category == "Ll":
        return 0.9 if lone else 0.2
    if category == "Lu":
        return 0.7 if lone else 0.05
    return 0.8 if lone and char in "°±µ²³–—‘’“”…€£§®™½¼¾·×Ø" else 0.1


@lru_cache(maxsize=20_000)
def _chinese_weight(char: str) -> float:
    if char in _FREQUENT:
        return 1.0
    if _PUNCTUATION.match(char):
        return 0.6
    try:
        first, *rest = char.encode("gb2312")
    except UnicodeEncodeError:
        pass
    else:
        # Rows 16 to 55 of GB 2312 are its 3,755 common characters.
        return 0.7 if rest and 0xB0 <= first <= 0xD7 else 0.2
    try:
        first, *rest = char.encode("big5")
    except UnicodeEncodeError:
        return 0.0
    # Big5's first plane holds its 5,401 frequently used characters.
    return 0.6 if rest and 0xA4 <= first <= 0xC6 else 0.1


_PUNCTUATION = re.compile(r"[\u3000-\u3011\uff01-\uff5e\u2010-\u2026℃°±×÷≤≥μΩφΦ①-⑳〜～·]")
