"""The language of a text, told by its script and by small words. No model, no package.

Han text is `zh` unless Kana (`ja`) stands beside it; Hangul is `ko`. Latin text is told by the
function words of the languages that manuals usually come in.
"""

from __future__ import annotations

import re
from collections import Counter

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_WORD = re.compile(r"[^\W\d_]+")
_SMALL_WORDS = {
    "en": "the of and to in is for with on be or not from by at this that are if when",
    "de": "der die das und ist nicht den dem mit für auf ein eine zu von im bei oder nach vor",
    "fr": "le la les des et est dans pour avec sur une du au pas ou par ne être sont avant après",
    "es": "el la los las de y es en para con por una del no al se o como antes después",
    "it": "il lo la gli le di e è in per con una del non al si o come prima dopo sono",
    "pt": "o a os as de e é em para com por uma do da não ao se ou como antes depois",
}  # fmt: skip
_LANGUAGES_OF: dict[str, tuple[str, ...]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF[_word] = (*_LANGUAGES_OF.get(_word, ()), _language)
# A Han character carries about as much as a short Latin word.
_HAN_WEIGHT = 0.5


def language_of(text: str, default: str | None = None) -> str | None:
    """ISO 639 code of the language that most of `text` is in; `default` where it is too short.

    Codes, numbers and single technical words say nothing: `6205-2RS` has no language.
    """
    han = len(_HAN.findall(text))
    kana = len(_KANA.findall(text))
    if kana > 2 and kana * 4 > han:
        return "ja"
    if len(_HANGUL.findall(text)) > max(2, han):
        return "ko"
    words = _WORD.findall(_HAN.sub(" ", text).lower())
    words = [word for word in words if len(word) > 1]
    if han and han * _HAN_WEIGHT >= 0.4 * len(words):
        return "zh"
    if len(_CYRILLIC.findall(text)) > 5:
        return "ru"
    votes: Counter[str] = Counter()
    for word in words:
        for language in _LANGUAGES_OF.get(word, ()):
            votes[language] += 1
    if not votes:
        # Words of a manual without one small word: a heading or a cell, in Latin letters.
        return default or ("zh" if han else "en" if len(words) > 1 else None)
    best, count = max(votes.items(), key=lambda item: (item[1], item[0] == default))
    # One small word that another language also has outweighs nothing.
    if default is not None and (votes.get(default) == count or count < 2):
        return default
    return best
