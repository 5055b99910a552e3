"""A process that reads ahead and dies after the first chunk."""

from __future__ import annotations

import io
import os
import sys

from api.intake.frames import Frame, frame_of, read_bytes, write_frame
from api.intake.reader import read


def main() -> None:
    """Send what a whole process would, up to the first chunk."""
    data = read_bytes(sys.stdin.buffer)
    assert data is not None
    everything = io.BytesIO()
    read(frame_of(data).content, everything)
    everything.seek(0)
    frame: Frame | None = None
    while frame is None or frame.kind != "chunk":
        told = read_bytes(everything)
        assert told is not None
        frame = frame_of(told)
        write_frame(sys.stdout.buffer, frame)
    os._exit(9)


if __name__ == "__main__":
    main()
