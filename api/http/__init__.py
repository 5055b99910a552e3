"""The service: one router per area, tokens with permissions, problem details for every error."""

from api.http.application import create_app

__all__ = ["create_app"]
