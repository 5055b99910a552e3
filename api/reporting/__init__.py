"""Reports as documents that people send on: DOCX and PDF."""

from api.reporting.documents import write_report

__all__ = ["write_report"]
