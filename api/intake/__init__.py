"""Files in, graph out: what the command line and the service do with files that they are given."""

from api.intake.archives import Unpacked, unpack
from api.intake.loading import LoadOptions, load_sources
from api.intake.sources import Source, gather

__all__ = ["LoadOptions", "Source", "Unpacked", "gather", "load_sources", "unpack"]
