"""The relations that diagnosis reads, each with those that a maintainer put below it."""

from __future__ import annotations

from dataclasses import dataclass

from ontology.schema import Schema

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Relation names by role. Empty where the ontology lacks the role."""

    indicates: Names  # sign -> mode or cause
    causes: Names  # cause -> effect
    broader: Names
    exhibits: Names
    affects: Names
    detected_by: Names
    remedied_by: Names
    requires_part: Names
    requires_tool: Names
    of_class: Names
    has_component: Names
    depends_on: Names
    located_in: Names
    reported_on: Names
    observed: Names
    found_cause: Names
    involves: Names
    ruled_out: Names
    performed: Names
    used_part: Names
    fits: Names  # part -> component or asset
    applies_to: Names
    of_alarm: Names  # occurrence -> alarm
    raised_by: Names  # occurrence -> asset
    follows_up: Names
    instructs: Names  # procedure -> step
    has_notice: Names
    described_in: Names

    @classmethod
    def of(cls, schema: Schema) -> Terms:
        """The relations of `schema`.

        Every relation that the ontology calls causal takes part: below `indicates` it points from
        a sign to what is behind it, else its subject brings about its object.
        """

        def below(name: str) -> Names:
            return tuple(sorted(schema.subrelations(name)))

        indicates = below("indicates")
        causal = {r.name for r in schema.relations.values() if r.is_causal}
        return cls(
            indicates=indicates,
            causes=tuple(sorted((causal | set(below("causes"))) - set(indicates))),
            broader=below("broader"),
            exhibits=below("exhibits"),
            affects=below("affects"),
            detected_by=below("detectedBy"),
            remedied_by=below("remediedBy"),
            requires_part=below("requiresPart"),
            requires_tool=below("requiresTool"),
            of_class=below("ofClass"),
            has_component=below("hasComponent"),
            depends_on=below("dependsOn"),
            located_in=below("locatedIn"),
            reported_on=below("reportedOn"),
            observed=below("observed"),
            found_cause=below("foundCause"),
            involves=below("involves"),
            ruled_out=below("ruledOut"),
            performed=below("performed"),
            used_part=below("usedPart"),
            fits=below("fits"),
            applies_to=below("appliesTo"),
            of_alarm=below("ofAlarm"),
            raised_by=below("raisedBy"),
            follows_up=below("followsUp"),
            instructs=below("instructs"),
            has_notice=below("hasNotice"),
            described_in=below("describedIn"),
        )
