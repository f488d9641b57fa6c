"""Which video: the embedded clip at some length, a file, or an upload; or many. Shown with facts and a few frames."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ipywidgets as widgets

from vdlab.clips import folder_for_videos, long_video
from vdlab.errors import VideoError
from vdlab.lab.controls import Card
from vdlab.lab.many import Many, facts_of_many, strip_of_many
from vdlab.lab.markup import block, card, facts, length, one_of, path_typed, text
from vdlab.lab.pictures import strip
from vdlab.lab.settings import Settings
from vdlab.machine.files import written_whole
from vdlab.video import Video
from vdlab.video.collection import is_collection

REPEATS = (1, 3, 10, 50)
CLIP_SECONDS = 13.8  # of the embedded clip
SUFFIXES = {".mp4", ".mkv", ".mov", ".webm", ".avi", ".m4v", ".ts", ".flv"}
Choose = Callable[[Callable[[], Path]], None]


def video_card(choose: Choose) -> Card:
    """Controls that call `choose` with a function returning the chosen file: it may have to be made first."""
    state = SimpleNamespace(path=None, shown=None, quiet=False, last={})
    switch = widgets.ToggleButtons(options=[("one video", False), ("a folder", True)], description="Measure")
    listed = one_of((), "Video").add_class("vdlab-wide")
    typed = path_typed("path of another file, a folder, a pattern or a list")
    upload = widgets.FileUpload(accept="video/*", multiple=False, description="Upload")
    metadata = block(kind="facts")
    pictures = block(kind="strip")

    def show_choice(path: Path) -> None:
        many = is_collection(path)
        state.quiet, state.last[many] = True, path
        switch.value = many
        for control in (listed, upload):
            control.layout.display = "none" if many else None
        if not many:
            listed.options = listing(path)
            listed.value = repeated_clips().get(path, path)
        state.quiet = False

    def on_switch(change: dict[str, Any]) -> None:
        if not state.quiet:
            usual = (lambda: state.path.parent) if change["new"] else (lambda: long_video(REPEATS[1]))
            choose(lambda: state.last.get(change["new"]) or usual())

    def on_listed(change: dict[str, Any]) -> None:
        if not state.quiet and change["new"] is not None:
            value = change["new"]
            choose(lambda: value if isinstance(value, Path) else long_video(value))

    def on_typed(change: dict[str, Any]) -> None:
        if change["new"].strip():
            path = Path(change["new"].strip()).expanduser().absolute()
            choose(lambda: path)
            if state.path == path:
                typed.value = ""  # it stands in the list above now

    def on_upload(change: dict[str, Any]) -> None:
        if change["new"]:
            choose(lambda: uploaded(change["new"][0]))

    def write(settings: Settings) -> None:
        state.path = settings.video
        show_choice(settings.video)

    def refresh(video: Video | Many, settings: Settings) -> None:
        if state.shown == video:
            return
        state.shown = video
        metadata.value = facts_of(video) if isinstance(video, Video) else facts_of_many(video)
        shown = strip(video) if isinstance(video, Video) else strip_of_many(video)
        pictures.value = "".join(f'<img src="{uri}" alt="a frame of the video">' for uri in shown)

    listed.options = listing()
    switch.observe(on_switch, "value")
    listed.observe(on_listed, "value")
    typed.observe(on_typed, "value")
    upload.observe(on_upload, "value")
    files = widgets.HBox([typed, upload]).add_class("vdlab-files")
    return Card(card("Video", switch, listed, files, metadata, pictures), lambda: {"video": state.path}, write, refresh)


def repeated_clips() -> dict[Path, int]:
    """The embedded clip at each length on offer, made already or not: the file, and how often the clip is in it."""
    return {folder_for_videos() / f"clip_x{times}.mp4": times for times in REPEATS}


def listing(extra: Path | None = None) -> list[tuple[str, Path | int]]:
    """What can be chosen: the embedded clip at each length, the videos beside it, and one from elsewhere."""
    clips = repeated_clips()
    files = sorted(
        path
        for path in folder_for_videos().iterdir()
        if path.suffix.lower() in SUFFIXES and path not in clips and path.name != "clip.mp4"
    )
    if extra is not None and extra not in clips and extra not in files:
        files.append(extra)
    made = [(f"Embedded clip x{times} ({length(CLIP_SECONDS * times)})", times) for times in clips.values()]
    return [*made, *((path.name, path) for path in files)]


def uploaded(file: Mapping[str, Any]) -> Path:
    """Write an uploaded file where the other videos are, under a name that is still free; returns its path.

    Raises:
        VideoError: it is not a video; nothing is left behind.
        VDLabError: it cannot be written there.
    """
    name = Path(file["name"]).name
    names = itertools.chain([name], (f"{Path(name).stem}-{number}{Path(name).suffix}" for number in itertools.count(2)))
    target = next(path for path in (folder_for_videos() / name for name in names) if not path.exists())
    with written_whole(target) as aside:
        aside.write_bytes(file["content"])
    try:
        Video.open(target)
    except VideoError:
        target.unlink()
        raise
    return target


def facts_of(video: Video) -> str:
    """The video's metadata as a small table."""
    rate = "" if video.bit_rate is None else f", {video.bit_rate / 1e6:.1f} Mbit/s"
    rows = {
        "File": f'<span title="{text(video.path)}">{text(video.path.name)}</span>',
        "Picture": f"{video.width} x {video.height}, {text(video.codec)}{rate}",
        "Length": f"{length(video.duration_seconds)}, {video.num_frames:,} frames at {video.average_fps:.4g} fps",
    }
    return facts(rows)
