"""The language model as a `TextExtractor`: candidates with quotes, for people to decide on."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from extraction.llm.answers import Answer, BadAnswer, Thing, check_answer, parse_answer
from extraction.llm.asking import Client
from extraction.llm.cache import Cache
from extraction.llm.options import LlmOptions
from extraction.llm.prompting import VERSION, make_messages, make_vocabulary
from extraction.pipeline.linking import link_words
from extraction.pipeline.relations import RecordRelations
from extraction.text import lexicon_extractor
from extraction.text.claiming import LexiconExtractor
from extraction.text.protocol import TextClaims, TextContext
from kg.model import Claim, NodeClaim
from ontology.schema import Schema

log = logging.getLogger(__name__)

CONFIDENCE = 0.5  # a score, not a probability: nobody has calibrated the model
SHORTEST = 4  # characters of letters; about less there is nothing to ask
_REMEMBERED = 20_000


class LlmExtractor:
    """Implements `TextExtractor`. Everything it claims has the status `suggested`.

    Each passage is asked about by itself, so that what one says cannot touch what is read from
    another. A text that could not be asked about (no budget, no server) yields nothing; `tally`
    counts what happened.
    """

    reads_ahead = True

    def __init__(
        self,
        schema: Schema,
        options: LlmOptions,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises MissingExtra and BadInput. The server is not asked before there is a text."""
        self.name = f"llm:{options.model}@{VERSION}"
        self.tally: Counter[str] = Counter()
        self._schema = schema
        self._options = options
        self._client = Client(options, sleep)
        self._cache = Cache(options.cache)
        self._vocabulary = make_vocabulary(schema)
        self._records = RecordRelations(schema)
        lexicon = lexicon_extractor(schema)
        assert isinstance(lexicon, LexiconExtractor)
        self._reader = lexicon.reader
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self._has_warned = False

    def prepare(self, texts: Sequence[str]) -> None:
        """Ask about many texts, several at a time; `extract` then finds the answers."""
        if len(self._answers) > _REMEMBERED:
            self._answers.clear()
        asked = [
            text for text in dict.fromkeys(texts) if text not in self._answers and _is_telling(text)
        ]
        if not asked:
            return
        with ThreadPoolExecutor(self._options.concurrency, "llm") as pool:
            for text, answer in zip(asked, pool.map(self._answer, asked), strict=True):
                self._answers[text] = answer

    def extract(self, text: str, passage: int, offset: int, context: TextContext) -> TextClaims:
        """What the model says that `text` states, as suggestions."""
        if not _is_telling(text):
            return TextClaims([], [])
        answer = self._answers.get(text)
        if answer is None:
            answer = self._answers[text] = self._answer(text)
        nodes: dict[str, NodeClaim] = {}
        keys = [self._key(thing, text, passage, nodes) for thing in answer.things]
        claims: dict[tuple[str, str, str], Claim] = {}
        time_ = (None, None) if context.at is None else (context.at, context.at + 1)

        def add(subject: str, relation: str, target: str, start: int, end: int) -> None:
            if subject != target:
                claims.setdefault(
                    (subject, relation, target),
                    Claim(
                        subject, relation, target, passage, CONFIDENCE, "suggested", self.name,
                        start + offset, end + offset, *time_,
                    ),
                )  # fmt: skip

        for thing, key in zip(answer.things, keys, strict=True):
            if context.record is not None:
                relation = self._records.relation(context.record, thing.cls)
                if relation is not None:
                    add(context.record, relation, key, thing.start, thing.end)
        for source, relation, target in answer.ties:
            ends = answer.things[source], answer.things[target]
            start, end = min(t.start for t in ends), max(t.end for t in ends)
            add(keys[source], relation, keys[target], start, end)
        said = {key for c in claims.values() for key in (c.subject, c.object)}
        return TextClaims([n for key, n in nodes.items() if key in said], list(claims.values()))

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()

    def _answer(self, text: str) -> Answer:
        whole = text[: self._options.longest_text]
        key = Cache.key(VERSION, self._options.model, self._vocabulary.instruction, whole)
        content = self._cache.get(key)
        if content is None:
            reply = self._client.ask(make_messages(self._vocabulary, whole))
            if reply.content is None:
                self._count(f"not-read:{reply.trouble}", 1)
                self._warn(reply.trouble)
                return Answer()
            content = reply.content
            self._cache.put(key, content)
            self._count("asked", 1)
        else:
            self._count("from-cache", 1)
        try:
            answer = check_answer(parse_answer(content), whole, self._schema, self._vocabulary)
        except BadAnswer:
            self._count("not-read:malformed", 1)
            return Answer()
        self._count("things", len(answer.things))
        for reason, count in answer.dropped.items():
            self._count(f"dropped:{reason}", count)
        return answer

    def _count(self, what: str, count: int) -> None:
        with self._lock:
            self.tally[what] += count

    def _warn(self, trouble: str) -> None:
        with self._lock:
            if self._has_warned:
                return
            self._has_warned = True
        told = {
            "budget": "its budget is used up (GEMBA_LLM_TOKENS, GEMBA_LLM_REQUESTS)",
            "server": f"the server {self._options.address} does not answer",
            "refused": f"the server {self._options.address} refuses the request",
        }.get(trouble, "its answer cannot be understood")
        log.warning("The language model read some texts not at all: %s. Other readers go on.", told)

    def _key(self, thing: Thing, text: str, passage: int, nodes: dict[str, NodeClaim]) -> str:
        """The concept that the lexicon knows by these words, else a thing known by them."""
        quote = text[thing.start : thing.end]
        key, name = link_words(self._schema, self._reader, quote, thing.cls)
        if name is None:
            return key
        nodes.setdefault(
            key,
            NodeClaim(
                key, thing.cls, passage, name,
                confidence=CONFIDENCE, extractor=self.name,
            ),
        )  # fmt: skip
        return key


def _is_telling(text: str) -> bool:
    return sum(c.isalpha() for c in text[:200]) >= SHORTEST
