"""The shapes of answers: the same JSON from the service and from `gemba … --json`.

One module per area. Fields are added, never renamed or removed, within one version of the API.
"""
