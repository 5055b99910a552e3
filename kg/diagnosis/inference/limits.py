"""What inference says where the exact answer does not fit the limits."""

from __future__ import annotations


class TooLarge(Exception):
    """The exact computation does not fit the caps of memory and time; nothing was computed."""
