"""Markdown into blocks, by way of HTML with the line numbers of the source."""

from __future__ import annotations

import re

from extraction.documents.blocks import Reading
from extraction.documents.readers.html import read_html

_BREAK = re.compile(r"&lt;br\s*/?&gt;", re.IGNORECASE)


def read_markdown(text: str, shown: str) -> Reading:
    """The blocks of a Markdown text. HTML in it is read as text."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 60}).enable("table")
    tokens = markdown.parse(text)
    for token in tokens:
        if token.map is not None and token.nesting == 1:
            token.attrSet("data-line", str(token.map[0] + 1))
    markup = markdown.renderer.render(tokens, markdown.options, {})
    markup = _BREAK.sub("<br>", markup)  # people write breaks into cells, whatever is allowed
    return read_html(markup or "<p></p>", shown, media_type="text/markdown")
