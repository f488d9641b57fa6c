"""A collection: many videos, and which frames are wanted of each."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from vdlab.errors import SettingsError, VideoError, one_line
from vdlab.notes import note
from vdlab.video.sampling import sampling_step, spread
from vdlab.video.video import Resize, Video

if TYPE_CHECKING:
    import pandas

VideoInput = Path | bytes | BinaryIO

VIDEOS = re.compile(
    r"\.(3gp|asf|avi|flv|h264|h265|hevc|ivf|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|mxf|obu|ogv|webm|wmv)", re.IGNORECASE
)
"""How names of videos end. `.ts` is none of them, for most files of that name are programs."""

SIGNATURE = re.compile(
    rb"....ftyp|....moov|\x1a\x45\xdf\xa3|RIFF....AVI |OggS|FLV\x01|\x00\x00\x01[\xb3\xba]|\x30\x26\xb2\x75|DKIF"
    rb"|\x47.{187}\x47|.{4}\x47.{191}\x47",
    re.DOTALL,
)
"""How files of videos begin: MP4, Matroska, AVI, Ogg, FLV, MPEG program streams, ASF, IVF, MPEG transport streams."""

MANIFESTS = frozenset((".csv", ".parquet", ".txt"))


@dataclass(frozen=True, eq=False, slots=True)
class Wanted:
    """What is wanted of one video: its frames by `fps`, `count`, `seconds` or `indices`, exactly one of them.

    Attributes:
        source: the video as it was listed.
        fps, count, seconds: as for `vdlab.sample`.
        indices: frame numbers in any order, repeats allowed.
        resize: as for `vdlab.decode`.
    """

    source: VideoInput
    fps: float | None = None
    count: int | None = None
    seconds: tuple[float, ...] | None = None
    indices: tuple[int, ...] | None = None
    resize: Resize = None

    def __repr__(self) -> str:
        asked = {name: getattr(self, name) for name in ("fps", "count", "seconds", "resize")}
        said = [f"{name}={value}" for name, value in asked.items() if value is not None]
        said += [f"{len(self.indices):,} indices"] if self.indices is not None else []
        return f"<Wanted of {self.name}: {', '.join(said)}>"

    @property
    def name(self) -> str:
        """The path as it was listed; of bytes and file objects, what can be said of them."""
        if isinstance(self.source, Path):
            return str(self.source)
        if isinstance(self.source, bytes):
            return f"<{len(self.source):,} bytes>"
        return str(getattr(self.source, "name", "<file object>"))


Videos = str | os.PathLike[str] | Iterable[str | os.PathLike[str] | bytes | BinaryIO | Video | Wanted]
"""A collection, see `wanted_of`."""


def wanted_of(
    videos: Videos,
    *,
    fps: float | None = None,
    count: int | None = None,
    seconds: Sequence[float] | None = None,
    indices: Sequence[int] | None = None,
    resize: Resize = None,
) -> list[Wanted]:
    """What is wanted of each video of a collection, in the order listed; no video is opened.

    Args:
        videos: one of
            - a folder: every video in it and in the folders below, by name. What neither has a video's name nor
              begins like one is left out, and a note says how many; hidden files are left out silently;
            - a pattern such as `clips/**/*.mp4`: the same of the files that it matches;
            - a manifest: a CSV or Parquet file with a column `path` and, if there, `seconds` or `indices`, which count
              for their row where they are not empty: a list, or in CSV numbers with spaces between; or a text file
              with a path a line. Relative paths begin at the manifest's folder;
            - one video file;
            - a list of paths, bytes, file objects, videos, or of what this function returns.
        fps, count, seconds, indices: one of them, for all videos that a manifest says nothing else of.
        resize: for all videos.

    Raises:
        SettingsError: nothing is listed, a manifest cannot be read, or it is not said which frames.
        VideoError: there is no such file or folder.
    """
    usual = Wanted(
        Path(),
        fps,
        count,
        None if seconds is None else tuple(map(float, seconds)),
        None if indices is None else tuple(map(int, indices)),
        resize,
    )
    if sum(choice is not None for choice in (fps, count, seconds, indices)) > 1:
        raise SettingsError("say which frames in one way: give one of fps, count, seconds and indices")
    if fps is not None:
        sampling_step(1, fps)
    if count is not None:
        spread(1, count)
    if isinstance(videos, str | os.PathLike):
        where = Path(videos)
        found = _listed(where, usual)
        nothing = f"{where}: holds no videos; name a folder, pattern, manifest or list that does"
    else:
        found = [_of_item(video, usual) for video in videos]
        nothing = "the list of videos is empty; there is nothing to decode"
    if not found:
        raise SettingsError(nothing)
    for wanted in found:
        if sum(choice is not None for choice in (wanted.fps, wanted.count, wanted.seconds, wanted.indices)) != 1:
            raise SettingsError(f"{wanted.name}: say which frames: give one of fps, count, seconds and indices")
    return found


def is_collection(path: Path) -> bool:
    """Whether a path means many videos: a folder, a pattern or a manifest."""
    return path.is_dir() or path.suffix.lower() in MANIFESTS or (has_magic(str(path)) and not path.exists())


def _of_item(video: Any, usual: Wanted) -> Wanted:
    if isinstance(video, Wanted):
        return video
    if isinstance(video, Video):
        video = video.path if video.source.data is None else video.source.data
    if isinstance(video, bytearray | memoryview):
        video = bytes(video)
    if not isinstance(video, str | os.PathLike | bytes) and not hasattr(video, "read"):
        raise SettingsError(f"{video!r} is no video; list paths, bytes or file objects")
    return replace(usual, source=Path(video) if isinstance(video, str | os.PathLike) else video)


def _listed(where: Path, usual: Wanted) -> list[Wanted]:
    if where.is_dir():
        return [replace(usual, source=path) for path in _videos(where, sorted(_below(where), key=str))]
    if has_magic(str(where)) and not where.exists():
        matches = sorted(map(Path, glob(str(where), recursive=True)))
        return [replace(usual, source=path) for path in _videos(where, (path for path in matches if path.is_file()))]
    if not where.exists():
        raise VideoError(f"{where}: there is no such file or folder; check its name")
    if where.suffix.lower() in MANIFESTS:
        return _of_manifest(where, usual)
    return [replace(usual, source=where)]


def _below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and in those below, without hidden ones."""

    def refused(error: OSError) -> None:
        raise VideoError(f"{error.filename}: cannot be listed ({error.strerror}); check its permissions") from error

    for inside, folders, files in os.walk(folder, onerror=refused):
        folders[:] = (name for name in folders if not name.startswith("."))
        yield from (Path(inside, name) for name in files if not name.startswith("."))


def _videos(where: Path, files: Iterable[Path]) -> list[Path]:
    """Those files that look like videos; a note says of how many that is not so."""
    found: list[Path] = []
    others: list[Path] = []
    for path in files:
        (found if looks_like_video(path) else others).append(path)
    if others:
        more = f" and {len(others) - 1:,} more are" if others[1:] else " is"
        note(f"{where}: {others[0].name}{more} left out: not a video")
    return found


def looks_like_video(path: Path) -> bool:
    """Whether a file has a video's name, or begins like one; only its first bytes are read."""
    if VIDEOS.fullmatch(path.suffix):
        return True
    try:
        with path.open("rb") as file:
            return SIGNATURE.match(file.read(200)) is not None
    except OSError:
        return False


def _of_manifest(manifest: Path, usual: Wanted) -> list[Wanted]:
    if manifest.suffix.lower() == ".txt":
        lines = manifest.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        return [replace(usual, source=manifest.parent / line.strip()) for line in lines if line.strip()]
    table = _table(manifest)
    if "path" not in table:
        raise SettingsError(f"{manifest}: has no column path; its columns are {', '.join(map(str, table))}")
    found = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        if not isinstance(row["path"], str) or not row["path"].strip():
            raise SettingsError(f"{manifest}: row {number} has no path")
        where = f"{manifest}: row {number}"
        own = {
            column: numbers
            for column in ("seconds", "indices")
            if (numbers := _numbers(row.get(column), f"{where}: {column}")) is not None
        }
        if len(own) > 1:
            raise SettingsError(f"{where}: gives seconds and indices; leave one of them empty")
        wanted = replace(usual, source=manifest.parent / row["path"].strip())
        if "seconds" in own:
            wanted = replace(wanted, fps=None, count=None, indices=None, seconds=own["seconds"])
        elif "indices" in own:
            if any(number != int(number) for number in own["indices"]):
                raise SettingsError(f"{where}: indices are whole numbers, not {own['indices']}")
            wanted = replace(wanted, fps=None, count=None, seconds=None, indices=tuple(map(int, own["indices"])))
        found.append(wanted)
    return found


def _table(manifest: Path) -> "pandas.DataFrame":
    import pandas  # takes half a second, and most collections have no manifest

    try:
        if manifest.suffix.lower() == ".parquet":
            return pandas.read_parquet(manifest)
        return pandas.read_csv(manifest, dtype=str)
    except ImportError as error:
        how = f"run: {sys.executable} -m pip install pyarrow"
        raise SettingsError(f"{manifest}: reading Parquet needs pyarrow; {how}") from error
    except (OSError, ValueError) as error:  # the parsers' own errors are all ValueErrors
        raise SettingsError(f"{manifest}: cannot be read as a table: {one_line(error)}") from error


def _numbers(cell: Any, where: str) -> tuple[float, ...] | None:
    """The numbers of a cell: a list of them, or text; None where it is empty."""
    if isinstance(cell, str):
        cell = re.findall(r"[^\s,;\[\]()]+", cell)
    if not hasattr(cell, "__len__"):
        cell = [] if cell is None or cell != cell else [cell]  # pandas' NaN stands for an empty cell
    try:
        numbers = tuple(map(float, cell))
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{where}: {error}; give numbers with spaces between") from error
    return numbers or None
