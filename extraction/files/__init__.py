"""Opening files that nobody has vouched for: size, kind, encoding, archives."""

from extraction.files.encodings import Encoding, rank_encodings
from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.files.scanning import Kind, Scan, kind_of_content, scan_file

__all__ = [
    "DEFAULT_LIMITS",
    "Encoding",
    "Kind",
    "Limits",
    "Scan",
    "kind_of_content",
    "rank_encodings",
    "scan_file",
]
