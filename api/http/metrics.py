"""The service's own figures for Prometheus. Labels are route templates, never ids or texts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class Metrics:
    """The figures of one service."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "gemba_http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "gemba_http_request_seconds",
            "Time to answer.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_progress = Gauge(
            "gemba_http_requests_in_progress", "Requests being answered.", registry=self.registry
        )
        self.failed_sign_ins = Counter(
            "gemba_failed_sign_ins",
            "Requests with a token that is not valid.",
            registry=self.registry,
        )
        self.documents = Counter(
            "gemba_documents",
            "Documents sent, by what became of them.",
            ["outcome"],
            registry=self.registry,
        )
        self.rows = Counter("gemba_rows_read", "Rows read from documents.", registry=self.registry)
        self.rejected = Counter("gemba_rows_rejected", "Rows refused.", registry=self.registry)
        self.store_up = Gauge(
            "gemba_store_up", "1 where the store answered when last asked.", registry=self.registry
        )
        info = Gauge("gemba_build_info", "The version.", ["version"], registry=self.registry)
        info.labels(version).set(1)

    def text(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self.registry)
