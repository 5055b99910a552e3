"""PDF files as a browser prints them: the kind that most manuals on the web come as."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def print_pdf(html: str, path: Path) -> Path:
    """Print a page of HTML to a PDF file; skips the test where there is no browser."""
    path.write_bytes(_printed(html))
    return path


@cache
def _printed(html: str) -> bytes:
    browser = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("there is no Chromium here to print a page to PDF")
    with tempfile.TemporaryDirectory() as folder:
        page, pdf = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(f'<meta charset="utf-8">{html}', encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={pdf}",
            page.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        if not pdf.exists():
            pytest.skip(f"the browser printed nothing (exit code {done.returncode})")
        return pdf.read_bytes()
