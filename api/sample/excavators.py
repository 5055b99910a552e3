"""Real work orders: 5,485 of five mining excavators, out of a published wheel.

The wheel `nist-nestor` 0.4.4 carries them as CSV files. It is used as an archive only: never
installed, never imported, and what comes out of it is checked against the digests below.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kg.model.errors import BadInput, UnreadableFile

PACKAGE, VERSION = "nist-nestor", "0.4.4"
LICENCE = "NIST, public-domain notice (not subject to copyright in the United States)"
_TIMEOUT_SECONDS = 180
_PIP_OPTIONS = (
    "--quiet",
    "--disable-pip-version-check",
    "--no-input",
    "--no-deps",
    "--only-binary=:all:",
    "--ignore-requires-python",
)


class DataFile(NamedTuple):
    """A file in the wheel: its place there, its size in bytes and its digest."""

    member: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """Its own name."""
        return self.member.rsplit("/", 1)[-1]


DATA_FILES = (
    DataFile(
        "nestor/datasets/excavators.csv",
        286_536,
        "4fdc10728bb8d579ae310ee12bb613dc7068ded2050c301674e78bbfbbd189f0",
    ),
    DataFile(
        "nestor/datasets/excavators-cleaned.csv",
        781_309,
        "006c4f71bc1ff2edc2adf064107a054a6cf2f2027a53ba2cf748ccb7b4e517a2",
    ),
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Where the files are now, and where they came from: `out`, `cache`, `wheel` or `index`."""

    files: tuple[Path, ...]
    source: str
    rows: int


def default_cache() -> Path:
    """Where the files are kept for the next time."""
    return Path.home() / ".cache" / "gemba" / f"{PACKAGE}-{VERSION}"


def fetch_excavators(out: Path, wheel: Path | None = None, cache: Path | None = None) -> Fetched:
    """Put the two CSV files into `out`.

    They come from `out` itself or the cache where they are there already, from `wheel` where it is
    given, else from the package index that pip is configured for. Raises BadInput where none of
    these has them, UnreadableFile where the wheel is damaged or is another one.
    """
    cache = cache or default_cache()
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file; name a folder to write the work orders into.")
    contents, source = _find(out, wheel, cache)
    if source in {"wheel", "index"}:
        _keep(contents, cache)
    _write(contents, out)
    files = tuple(out / file.name for file in DATA_FILES)
    rows = contents[DATA_FILES[0].name].count(b"\n") - 1
    return Fetched(files, source, rows)


def _find(out: Path, wheel: Path | None, cache: Path) -> tuple[dict[str, bytes], str]:
    if wheel is not None:
        return _read_wheel(wheel), "wheel"
    for place, name in ((out, "out"), (cache, "cache")):
        if contents := _read_folder(place):
            return contents, name
    with tempfile.TemporaryDirectory(prefix="gemba-") as folder:
        return _read_wheel(_download(Path(folder))), "index"


def _read_folder(folder: Path) -> dict[str, bytes] | None:
    contents = {}
    for file in DATA_FILES:
        path = folder / file.name
        if not path.is_file() or path.stat().st_size != file.size:
            return None
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != file.sha256:
            return None
        contents[file.name] = data
    return contents


def _read_wheel(wheel: Path) -> dict[str, bytes]:
    if not wheel.is_file():
        raise BadInput(f"There is no wheel {wheel}.")
    contents = {}
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in DATA_FILES:
                info = archive.getinfo(file.member)
                if info.file_size != file.size:
                    raise UnreadableFile(
                        f"{wheel.name}: {file.member} has {info.file_size:,} bytes and should have "
                        f"{file.size:,}; take the wheel {PACKAGE}=={VERSION}."
                    )
                data = archive.read(info)
                if hashlib.sha256(data).hexdigest() != file.sha256:
                    raise UnreadableFile(
                        f"{wheel.name}: {file.member} is not what {PACKAGE}=={VERSION} contains; "
                        "take that wheel, unchanged."
                    )
                contents[file.name] = data
    except KeyError:
        raise UnreadableFile(
            f"{wheel.name} holds no {DATA_FILES[0].member}; take the wheel {PACKAGE}=={VERSION}."
        ) from None
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise UnreadableFile(f"{wheel.name} is not a readable wheel: {error}.") from None
    return contents


def _download(folder: Path) -> Path:
    """Download the wheel with pip, which knows the user's index and proxy."""
    reason = "pip is not there"
    for pip in _pips():
        try:
            done = subprocess.run(
                [*pip, "download", *_PIP_OPTIONS, "--dest", str(folder), f"{PACKAGE}=={VERSION}"],
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            reason = f"no answer in {_TIMEOUT_SECONDS} seconds"
            continue
        wheels = sorted(folder.glob("*.whl"))
        if done.returncode == 0 and wheels:
            return wheels[0]
        reason = _last_line(done.stderr) or f"pip ended with code {done.returncode}"
    raise BadInput(
        f"The work orders could not be fetched ({reason}); connect to a package index, or download "
        f"the wheel {PACKAGE}=={VERSION} elsewhere and name it with --wheel."
    )


def _pips() -> list[list[str]]:
    pips = []
    if importlib.util.find_spec("pip") is not None:
        pips.append([sys.executable, "-m", "pip"])
    elif found := shutil.which("pip") or shutil.which("pip3"):
        pips.append([found])
    return pips


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ").rstrip(".") if lines else ""


def _keep(contents: dict[str, bytes], cache: Path) -> None:
    try:
        _write(contents, cache)
    except OSError:
        return  # a cache that cannot be written costs only time


def _write(contents: dict[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        path = folder / name
        partial = path.with_suffix(".part")
        partial.write_bytes(data)
        partial.replace(path)
