"""How much of a language model may still be used; shared by all requests under way."""

from __future__ import annotations

import threading


class Budget:
    """Requests and tokens. A request takes what it may cost at most, and gives back the rest."""

    def __init__(self, requests: int, tokens: int) -> None:
        self._lock = threading.Lock()
        self.requests_left = requests
        self.tokens_left = tokens

    def take(self, tokens: int) -> bool:
        """Set aside one request of up to `tokens`; False where that is not left."""
        with self._lock:
            if self.requests_left < 1 or self.tokens_left < tokens:
                return False
            self.requests_left -= 1
            self.tokens_left -= tokens
            return True

    def settle(self, taken: int, used: int | None) -> None:
        """What a request really used; None where nobody knows, then it keeps what it took."""
        if used is not None:
            with self._lock:
                self.tokens_left += taken - max(0, used)
