"""Other standards' files: ISA-95 in B2MML, Catena-X aspects."""

from extraction.exchange.opening import ExchangeReading, open_exchange

__all__ = ["ExchangeReading", "open_exchange"]
