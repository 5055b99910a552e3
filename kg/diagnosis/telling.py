"""The terms of a probability in words, so that a person can follow how it came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from kg.diagnosis import wording
from kg.diagnosis.estimating import KNOWLEDGE
from kg.diagnosis.graph import Graph
from kg.diagnosis.modelling import Model, stated_probability
from kg.diagnosis.modifying import KINDS
from kg.diagnosis.posterior import ABSENT, PRESENT, Likelihood
from kg.diagnosis.ranking import CHECK, LINKS, OBSERVATION, RULED_OUT, Addend, Scored
from kg.diagnosis.reading import Reading
from kg.diagnosis.results import StrengthTold, Term
from kg.narration import Named, Phrase, cite

_WRONG = 3  # statements with a wrong probability that are named
_SOURCES = 50  # places of each that are looked through for the one that says it


class LookedAt(Protocol):
    """A cause that was looked at."""

    @property
    def text(self) -> str:
        """What was done and found, as it was said."""
        ...

    @property
    def cause(self) -> str:
        """The key of the cause."""
        ...

    @property
    def check(self) -> str:
        """The key of the check."""
        ...


class TermTeller:
    """Tells the addends of a candidate."""

    def __init__(
        self,
        model: Model,
        readings: Sequence[Reading],
        likelihoods: Mapping[str, Likelihood],
        looked: Sequence[LookedAt],
    ) -> None:
        self._model = model
        self._readings = readings
        self._likelihoods = likelihoods
        self._looked = looked

    def terms(self, scored: Scored, named: Named) -> tuple[Term, ...]:
        """The addends of the log-odds of a candidate, in words."""
        told: list[Term] = []
        checks = 0
        for addend in scored.addends:
            about = ""
            if addend.source == OBSERVATION:
                about = self._readings[addend.number].observation.text
            elif addend.source == CHECK:
                about = self._looked[checks].text
                checks += 1
            told.append(
                Term(addend.source, about, addend.log_odds, self._sentence(addend, scored, about))
            )
        return tuple(told)

    def strengths(self, key: str) -> tuple[StrengthTold, ...]:
        """How often the candidate shows by each observation."""
        return tuple(
            StrengthTold(reading.observation.text, by[key].value, dict(by[key].terms))
            for reading, by in zip(self._readings, self._model.strengths, strict=True)
            if reading.observation.text in self._likelihoods
        )

    def _sentence(self, addend: Addend, scored: Scored, about: str) -> Phrase:
        candidate = self._model.candidates[self._model.index[scored.key]]
        if addend.source == KNOWLEDGE:
            return wording.generally(candidate.prior.begun * self._model.present)
        if addend.source == RULED_OUT:
            return wording.was_ruled_out(candidate.against[1], candidate.against[0])
        if addend.source in KINDS:
            return wording.modified(candidate.modifiers[addend.number])
        if addend.source == LINKS:
            return wording.by_links()
        if addend.source == CHECK:
            return wording.checked(about)
        if addend.source == OBSERVATION:
            strength = self._model.strengths[addend.number][scored.key].value
            said = self._likelihoods[about]
            how = "seen" if said == PRESENT else "absent" if said == ABSENT else "soft"
            return wording.shows(about, strength, how)
        count = next(c for c in candidate.prior.counts if c.level == addend.source)
        return wording.found_in(addend.source, count.hits, count.trials)


def tell_wrong_probabilities(graph: Graph, readings: Sequence[Reading]) -> list[Phrase]:
    """What is said, behind what was observed, with a probability that is none; the first few."""
    wrong = {
        s.key: s
        for reading in readings
        for known in reading.known.values()
        for path in known.paths
        for s in path.statements
        if "probability" in s.props and stated_probability(s) is None
    }
    told = [wrong[key] for key in sorted(wrong)][:_WRONG]
    if not told:
        return []
    cited = cite(graph.store, graph.schema, told, view=graph.view, per_statement=0)
    sources = graph.store.evidence_of(
        [s.key for s in told], limit_per_statement=_SOURCES, view=graph.view
    )
    notes: list[Phrase] = []
    for number, s in enumerate(told, 1):
        value = s.props["probability"]
        found = sources.get(s.key, [])
        said = [e for e in found if e.props.get("probability") == value] or found
        document, place = (said[0].document, said[0].place) if said else ("", "")
        others = len(wrong) - number if number == len(told) else 0
        sentence = cited[s.key].sentence
        notes.append(wording.no_probability(sentence, str(value), document, place, others=others))
    return notes
