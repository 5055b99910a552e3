"""The stages that stand on the lexicon: terms, codes and quantities, how they are meant, ties."""

from __future__ import annotations

from extraction.pipeline.draft import Draft, Page
from extraction.pipeline.stage import Resources, Stage
from extraction.text.mentions import Assertion as MeantAs
from extraction.text.mentions import find_items
from extraction.text.reading import Reader, Reading

PREVENTION = "prevention"  # the role of what is to be done so that nothing happens


class _OnLexicon(Stage):
    _reader: Reader

    def bind(self, resources: Resources) -> None:
        self._reader = resources.lexicon.reader


class Terms(_OnLexicon):
    """Finds the ontology's words: components, failures, causes, activities, and cues."""

    needs = ("words",)
    gives = ("encoded", "items", "kinds")

    def work(self, draft: Draft, page: Page) -> None:
        del page
        lexicon = self._reader.lexicon
        if draft.words is None:
            draft.encoded = lexicon.encode(draft.text)
        else:
            draft.encoded = lexicon.encode_words(draft.words, draft.spans)
        draft.items, draft.kinds = find_items(lexicon, draft.text, draft.encoded)


class Assertion(_OnLexicon):
    """Says how each mention is meant: confirmed, suspected, ruled out, repaired, still to do.

    What stands under a heading such as 预防措施 is still to be done, so that nothing happens.
    """

    needs = ("encoded", "items")
    gives = ("items",)

    def work(self, draft: Draft, page: Page) -> None:
        del page
        if draft.items and draft.encoded is not None:
            self._reader.judge(draft.items, draft.kinds, draft.encoded.codes)
        if draft.context.role == PREVENTION:
            for item in draft.items:
                if item.mention is not None:
                    is_done = item.mention.kind == "activity"
                    item.mention.assertion = MeantAs.FUTURE if is_done else MeantAs.HYPOTHETICAL


class Ties(_OnLexicon):
    """Says what belongs together: a failure and its part, a part and its owner, a cause."""

    needs = ("encoded", "items", "marks")
    gives = ("reading",)

    def work(self, draft: Draft, page: Page) -> None:
        del page
        if not draft.items or draft.encoded is None:
            draft.reading = Reading([], [], [], draft.marks)
            return
        draft.reading = self._reader.connect(
            draft.text, draft.encoded, draft.items, draft.kinds, draft.context.role, draft.marks
        )
