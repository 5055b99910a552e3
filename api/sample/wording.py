"""How people in the plant write: reports and repairs in Chinese, English and a mix, with mess.

Texts are put together from parts (place, component, symptom, alarm, request; verb, part, finding,
outcome), each with several wordings, then abbreviated, mistyped and cased as people do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from api.sample.failures import Attempt, FailureEvent
from api.sample.knowledge import Knowledge

Language = Literal["zh", "en", "mixed"]


@dataclass(frozen=True, slots=True)
class Report:
    """A text with what it says: symptoms named as present and as absent."""

    text: str
    language: Language
    mentioned: tuple[str, ...]
    ruled_out: tuple[str, ...]


_ABBREVIATIONS = {
    "hydraulic": "hyd",
    "pressure": "press",
    "replaced": "repl",
    "temperature": "temp",
    "cylinder": "cyl",
    "motor": "mtr",
    "bearing": "brg",
    "checked": "chk'd",
    "sensor": "snsr",
    "proportional": "prop",
    "spindle": "spdl",
    "thermocouple": "T/C",
    "because of": "due to",
    "found": "fnd",
    "required": "req'd",
    "with": "w/",
    "and": "&",
}
_ZH_TYPOS = {
    "漏油": "露油",
    "异响": "异想",
    "轴承": "轴成",
    "密封": "蜜封",
    "更换": "跟换",
    "磨损": "磨捐",
    "报警": "抱警",
    "压力": "压里",
    "振动": "震动",
    "滤芯": "虑芯",
    "检查": "捡查",
    "传感器": "传感其",
    "正常": "正长",
}
_ZH_WHEN = (
    "",
    "",
    "",
    "",
    "早班发现",
    "开机后",
    "加工过程中",
    "中班",
    "点检发现",
    "操作工反映",
    "运行中",
)
_EN_WHEN = (
    "",
    "",
    "",
    "",
    "after start ",
    "during run ",
    "op reports ",
    "again ",
    "on late shift ",
)
_ZH_ASK = (
    "",
    "",
    "",
    "，请处理",
    "，请尽快维修",
    "，影响生产",
    "，已停机待修",
    "，需检查",
    "，急！",
)
_EN_ASK = (
    "",
    "",
    "",
    ", pls check",
    ", repair asap",
    " - line stopped",
    ", needs attention",
    ", urgent",
)
_ZH_AGAIN = ("又", "再次", "修后仍", "还是")
_EN_AGAIN = ("again ", "still ", "same fault, ", "back again: ")
_ZH_DONE = ("，试机正常", "，恢复正常", "，已交付生产", "，OK", "，试运行2小时正常", "")
_EN_DONE = (", tested ok", ", back in service", ", ok", ", run test good", ", handed over", "")
_ZH_FAILED = ("，暂时恢复，继续观察", "，观察使用", "，效果待确认", "，先用着")
_EN_FAILED = (", runs for now", ", monitor", ", seems better", ", temp fix")
_ZH_FOUND = ("检查发现", "拆检发现", "经查", "原因：", "发现")
_EN_FOUND = ("found ", "insp. found ", "root cause: ", "cause: ", "due to ")
_SEPARATOR = ("，", "、", " ", "且")


class Writer:
    """Writes texts for failures. One per plant, so that its generator stays its own."""

    def __init__(self, knowledge: Knowledge, rng: np.random.Generator) -> None:
        self._know = knowledge
        self._rng = rng

    def choose_language(self, english: float, chinese: float) -> Language:
        """A language; what the two shares leave is a mix."""
        draw = self._rng.random()
        return "en" if draw < english else "zh" if draw < english + chinese else "mixed"

    def report(self, event: FailureEvent, language: Language, again: bool) -> Report:
        """What the person who calls maintenance writes."""
        rng = self._rng
        seen = [s for s in event.symptoms if rng.random() < 0.85][:3]
        if not seen and event.symptoms:
            seen = [event.symptoms[0]]
        absent = self._absent(event)
        component = self._know.causes[event.causes[0]].component if rng.random() < 0.5 else ""
        alarm = event.alarms[0] if event.alarms and (not seen or rng.random() < 0.3) else ""
        if language == "en":
            text = self._report_en(event, seen, component, alarm, again)
            text += "".join(f", no {self._know.symptoms[s].en}" for s in absent)
            text = self._spoil_en(text + self._pick(_EN_ASK))
        else:
            text = self._report_zh(event, seen, component, alarm, again, mixed=language == "mixed")
            text += "".join(f"，未发现{self._know.symptoms[s].zh}" for s in absent)
            text = self._spoil_zh(text + self._pick(_ZH_ASK))
        return Report(text, language, tuple(seen), absent)

    def _absent(self, event: FailureEvent) -> tuple[str, ...]:
        if self._rng.random() > 0.1:
            return ()
        possible = [s for s in ("OilLeak", "Noise", "Hot", "Vibration") if s not in event.symptoms]
        return (possible[int(self._rng.integers(len(possible)))],) if possible else ()

    def _report_en(
        self, event: FailureEvent, seen: Sequence[str], component: str, alarm: str, again: bool
    ) -> str:
        thing = self._pick(self._know.components[component].en_words) if component else ""
        phrases = [self._pick(self._know.symptoms[s].en_words) for s in seen]
        if alarm:
            phrases.append(f"alarm {alarm} {self._know.alarms[alarm].en.lower()}")
        what = self._pick((", ", " and ", "; ")).join(phrases)
        when = self._pick(_EN_AGAIN) if again else self._pick(_EN_WHEN)
        place = event.asset.tag + " " if self._rng.random() < 0.25 else ""
        if thing and self._rng.random() < 0.35:
            return f"{when}{place}{what} on {thing}"
        return f"{when}{place}{thing}{' ' if thing else ''}{what}"

    def _report_zh(
        self,
        event: FailureEvent,
        seen: Sequence[str],
        component: str,
        alarm: str,
        again: bool,
        *,
        mixed: bool,
    ) -> str:
        thing = ""
        if component:
            kind = self._know.components[component]
            thing = self._pick(kind.en_words if mixed else kind.zh_words)
        phrases = []
        for number, symptom in enumerate(seen):
            kind_of = self._know.symptoms[symptom]
            swap = mixed and (not thing or number > 0)
            phrases.append(self._pick(kind_of.en_words if swap else kind_of.zh_words))
        what = self._pick(_SEPARATOR).join(phrases)
        if alarm:
            said = (
                f"报警{alarm}" if self._rng.random() < 0.5 else f"报{self._know.alarms[alarm].zh}"
            )
            what = f"{what}，{said}" if what else said
        when = self._pick(_ZH_AGAIN) if again else self._pick(_ZH_WHEN)
        place = event.asset.tag if self._rng.random() < 0.25 else ""
        return f"{place}{when}{thing}{' ' if mixed and thing else ''}{what}"

    def action(self, event: FailureEvent, attempt: Attempt, language: Language) -> str:
        """What the mechanic writes: usually what was found, always what was done."""
        cause = self._know.causes[attempt.believed]
        action = self._know.actions[cause.action]
        component = self._know.components[cause.component]
        part = self._know.parts.get(cause.part)
        tells = self._rng.random() < 0.75
        names_part = part is not None and cause.action == "RPL" and self._rng.random() < 0.6
        if language == "en" or (language == "mixed" and self._rng.random() < 0.5):
            verb = self._pick(action.en_verbs)
            thing = part.en.lower() if names_part and part else self._pick(component.en_words)
            found = f"{self._pick(_EN_FOUND)}{cause.en[0].lower()}{cause.en[1:]}" if tells else ""
            end = self._pick(_EN_DONE if attempt.fixed else _EN_FAILED)
            text = f"{found}, {verb} {thing}{end}" if found else f"{verb} {thing}{end}"
            return self._spoil_en(text)
        verb = self._pick(action.zh_verbs)
        thing = part.zh if names_part and part else self._pick(component.zh_words)
        if language == "mixed":
            verb, thing = self._pick(action.en_verbs), self._pick(component.en_words) + " "
            verb += " "
        found = f"{self._pick(_ZH_FOUND)}{cause.zh}，" if tells else ""
        end = self._pick(_ZH_DONE if attempt.fixed else _ZH_FAILED)
        return self._spoil_zh(f"{found}{verb}{thing}{end}")

    def _spoil_en(self, text: str) -> str:
        rng = self._rng
        for long, short in _ABBREVIATIONS.items():
            if long in text and rng.random() < 0.3:
                text = text.replace(long, short)
        if rng.random() < 0.1:
            text = self._mistype(text)
        draw = rng.random()
        text = " ".join(text.split())
        if draw < 0.2:
            return text.upper()
        return text[:1].upper() + text[1:] if draw < 0.5 else text

    def _mistype(self, text: str) -> str:
        spots = [i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()]
        if not spots:
            return text
        i = spots[int(self._rng.integers(len(spots)))]
        draw = self._rng.random()
        if draw < 0.4:
            return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        return text[:i] + text[i + 1 :] if draw < 0.8 else text[:i] + text[i] + text[i:]

    def _spoil_zh(self, text: str) -> str:
        if self._rng.random() < 0.08:
            found = [word for word in _ZH_TYPOS if word in text]
            if found:
                word = found[int(self._rng.integers(len(found)))]
                text = text.replace(word, _ZH_TYPOS[word], 1)
        if self._rng.random() < 0.12:
            text = text.replace("，", ",")
        return text.strip("，, ")

    def _pick(self, options: Sequence[str]) -> str:
        return options[int(self._rng.integers(len(options)))]
