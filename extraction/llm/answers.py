"""From what a language model wrote to what its passage really says.

An answer counts only as far as it can be checked: known classes and relations, relations between
the classes that the ontology allows, and quotes that stand in the passage character by character.
Places are found here, never taken from the answer.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from extraction.llm.prompting import Vocabulary
from extraction.pipeline.proposals import fits
from ontology.schema import Schema

MOST = 60  # things, and relations, that one answer may name
LONGEST_QUOTE = 120  # characters


class BadAnswer(ValueError):
    """An answer is no JSON object of the form that was asked for."""


class Thing(NamedTuple):
    """A thing that a passage names; half-open offsets."""

    cls: str
    start: int
    end: int


class Tie(NamedTuple):
    """A relation between two things, by their positions."""

    source: int
    relation: str
    target: int


@dataclass(slots=True)
class Answer:
    """What of an answer holds, and how much was dropped for which reason."""

    things: list[Thing] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def parse_answer(content: str) -> dict[str, Any]:
    """The JSON object in what a model wrote, perhaps in a fence. Raises BadAnswer."""
    start = content.find("{")
    if start < 0:
        raise BadAnswer("there is no JSON object in it")
    try:
        value, _ = json.JSONDecoder().raw_decode(content, start)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"its JSON is broken ({error})") from None
    if not isinstance(value, dict) or not isinstance(value.get("things"), list):
        raise BadAnswer("it has no list of things")
    return value


def check_answer(
    value: dict[str, Any], text: str, schema: Schema, vocabulary: Vocabulary
) -> Answer:
    """What of `value` stands in `text` and fits the ontology."""
    answer = Answer()
    place: dict[str, int] = {}
    used: Counter[tuple[str, str]] = Counter()
    for entry in value["things"][:MOST]:
        thing = _thing(entry, text, vocabulary, used, answer.dropped)
        if thing is None:
            continue
        name = entry.get("id")
        if isinstance(name, str):
            place.setdefault(name, len(answer.things))
        answer.things.append(thing)
    relations = value.get("relations")
    for entry in relations[:MOST] if isinstance(relations, list) else ():
        tie = _tie(entry, place, answer.things, schema, vocabulary, answer.dropped)
        if tie is not None and tie not in answer.ties:
            answer.ties.append(tie)
    answer.dropped["too-many"] += max(0, len(value["things"]) - MOST)
    if isinstance(relations, list):
        answer.dropped["too-many"] += max(0, len(relations) - MOST)
    answer.dropped += Counter()  # without zeros
    return answer


def _thing(
    entry: Any,
    text: str,
    vocabulary: Vocabulary,
    used: Counter[tuple[str, str]],
    dropped: Counter[str],
) -> Thing | None:
    if not isinstance(entry, dict):
        dropped["malformed"] += 1
        return None
    cls, quote = entry.get("class"), entry.get("quote")
    if not isinstance(cls, str) or cls not in vocabulary.classes:
        dropped["unknown-class"] += 1
        return None
    if not isinstance(quote, str) or not quote.strip() or len(quote) > LONGEST_QUOTE:
        dropped["bad-quote"] += 1
        return None
    quote = quote.strip()
    # the n-th thing of its class with these words is where they stand for the n-th time
    at = -1
    for _ in range(used[cls, quote] + 1):
        following = text.find(quote, at + 1)
        if following < 0:
            break
        at = following
    if at < 0:
        dropped["quote-not-in-passage"] += 1
        return None
    used[cls, quote] += 1
    return Thing(cls, at, at + len(quote))


def _tie(
    entry: Any,
    place: dict[str, int],
    things: list[Thing],
    schema: Schema,
    vocabulary: Vocabulary,
    dropped: Counter[str],
) -> Tie | None:
    if not isinstance(entry, dict):
        dropped["malformed"] += 1
        return None
    names = entry.get("source"), entry.get("target")
    source, target = (place.get(n) if isinstance(n, str) else None for n in names)
    relation = entry.get("relation")
    if not isinstance(relation, str) or relation not in vocabulary.relations:
        dropped["unknown-relation"] += 1
        return None
    if source is None or target is None or source == target:
        dropped["relation-without-ends"] += 1
        return None
    if not fits(schema, schema.relations[relation], things[source].cls, things[target].cls):
        dropped["relation-does-not-fit"] += 1
        return None
    return Tie(source, relation, target)
