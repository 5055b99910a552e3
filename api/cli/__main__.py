"""`python -m api.cli` is `gemba`."""

from api.cli import main

main()
