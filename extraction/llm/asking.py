"""One question to the server: retries with growing waits, time limits, bounded answers."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

from extraction.llm.answers import BadAnswer, parse_answer
from extraction.llm.budget import Budget
from extraction.llm.options import LlmOptions
from kg.model.errors import BadInput, MissingExtra

LARGEST_ANSWER = 200_000  # bytes that are read of a response
GIVE_UP_AFTER = 3  # questions in a row that the server did not answer at all
REST_SECONDS = 60.0  # then nothing is asked for so long
MALFORMED_ATTEMPTS = 2  # a model that wrote nonsense twice will do so again
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class Reply(NamedTuple):
    """What became of a question: the answer, or why there is none."""

    content: str | None
    trouble: str = ""  # "budget", "server", "refused", "malformed"


class Client:
    """Asks one model on one server. May be shared between threads."""

    def __init__(self, options: LlmOptions, sleep: Callable[[float], None] = time.sleep) -> None:
        """Raises MissingExtra, and BadInput for settings that cannot work."""
        if find_spec("openai") is None:
            raise MissingExtra(
                "The language model needs the extra `llm`: pip install 'gembagraph[llm]'."
            )
        if not options.model:
            raise BadInput("Say with GEMBA_LLM_MODEL which model of the server is to be asked.")
        if not options.address.startswith(("http://", "https://")):
            raise BadInput(
                f"GEMBA_LLM_ADDRESS is {options.address!r}; give an address such as "
                "http://127.0.0.1:11434/v1."
            )
        self._options = options
        self._sleep = sleep
        self._lock = threading.Lock()
        self._client: Any = None
        self._unanswered = 0
        self._rests_until = 0.0
        self._with_format = True
        self.budget = Budget(options.requests, options.tokens)

    def ask(self, messages: list[dict[str, Any]]) -> Reply:
        """The model's answer as text that parses, or why there is none. Never raises for it."""
        options = self._options
        # A character is at most a token or so; what was not used is given back.
        cost = sum(len(message["content"]) for message in messages) + options.answer_tokens
        wait = options.first_wait_seconds
        trouble = "server"
        for attempt in range(options.attempts):
            if time.monotonic() < self._rests_until:
                return Reply(None, "server")
            if not self.budget.take(cost):
                return Reply(None, "budget")
            content, trouble, told_wait = self._once(messages, cost)
            if content is not None:
                return Reply(content)
            if trouble == "refused" or attempt + 1 == options.attempts:
                break
            if trouble == "malformed" and attempt + 1 >= MALFORMED_ATTEMPTS:
                break
            pause = told_wait if told_wait is not None else wait * random.uniform(0.75, 1.25)
            self._sleep(min(pause, options.longest_wait_seconds))
            wait *= 2
        if trouble == "server":
            self._unanswered += 1
            if self._unanswered >= GIVE_UP_AFTER:
                self._unanswered = 0
                self._rests_until = time.monotonic() + REST_SECONDS
        return Reply(None, trouble)

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def _once(
        self, messages: list[dict[str, Any]], cost: int
    ) -> tuple[str | None, str, float | None]:
        """Content, trouble, and how long the server wants us to wait."""
        import openai

        try:
            data = self._send(messages)
        except openai.APIStatusError as error:
            self.budget.settle(cost, 0)
            if error.status_code == 400 and self._with_format:
                self._with_format = False  # an older server that knows no response format
                return None, "server", 0.0
            if error.status_code in _AGAIN:
                return None, "server", _retry_after(error)
            return None, "refused", None
        except openai.APIError:  # no connection, a time limit, a broken response
            self.budget.settle(cost, None)
            return None, "server", None
        except BadAnswer:
            self.budget.settle(cost, None)
            return None, "malformed", 0.0
        self._unanswered = 0
        content, used = _read(data)
        self.budget.settle(cost, used)
        if content is None:
            return None, "malformed", 0.0
        try:
            parse_answer(content)
        except BadAnswer:
            return None, "malformed", 0.0
        return content, "", None

    def _send(self, messages: list[dict[str, Any]]) -> bytes:
        options = self._options
        extra = {"response_format": {"type": "json_object"}} if self._with_format else {}
        create = self._open().chat.completions.with_streaming_response.create
        deadline = time.monotonic() + options.timeout_seconds
        with create(
            model=options.model,
            messages=messages,
            temperature=0,
            max_tokens=options.answer_tokens,
            **extra,
        ) as response:
            data = bytearray()
            for block in response.iter_bytes(16_384):
                data += block
                if len(data) > LARGEST_ANSWER:
                    raise BadAnswer("it is far too long")
                if time.monotonic() > deadline:
                    raise BadAnswer("it takes too long")
            return bytes(data)

    def _open(self) -> Any:
        import openai

        with self._lock:
            if self._client is None:
                self._client = openai.OpenAI(
                    base_url=self._options.address,
                    api_key=self._options.key or "none",
                    timeout=self._options.timeout_seconds,
                    max_retries=0,
                )
            return self._client


def _read(data: bytes) -> tuple[str | None, int | None]:
    """The text of a response, and the tokens that it used."""
    try:
        value = json.loads(data)
        content = value["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None, None
    usage = value.get("usage")
    used = usage.get("total_tokens") if isinstance(usage, dict) else None
    return (
        content if isinstance(content, str) else None,
        used if isinstance(used, int) and used >= 0 else None,
    )


def _retry_after(error: Any) -> float | None:
    try:
        return max(0.0, float(error.response.headers["retry-after"]))
    except (KeyError, ValueError, AttributeError):
        return None
