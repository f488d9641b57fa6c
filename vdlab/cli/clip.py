"""`vdlab clip`: look at a video, make a clip, repeat it, fetch the tutorial's."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vdlab.cli.terminal import bar, console
from vdlab.errors import SettingsError

if TYPE_CHECKING:
    from vdlab.video import PacketIndex

app = typer.Typer(help="Look at a video, make a clip, repeat it into a long one.", no_args_is_help=True)


@app.command()
def info(video: Annotated[Path, typer.Argument(help="A video file.")]) -> None:
    """Print what a video is: container, codec, frames, keyframes, disposable frames."""
    from rich.text import Text

    out = console()
    for name, value in _facts(video):
        out.print(Text.assemble((f"{name:<18} ", "bold"), value), soft_wrap=True)


@app.command()
def make(
    out: Annotated[Path, typer.Argument(help="Where to; the suffix decides the container.")],
    size: Annotated[str, typer.Option(help="Width and height in pixels.")] = "640x360",
    fps: Annotated[str, typer.Option(help="Frames a second: 25, 29.97 or 30000/1001.")] = "25",
    seconds: Annotated[float, typer.Option(help="Length.")] = 13.8,
    codec: Annotated[str, typer.Option(help="libx264, libx265, mpeg4, libvpx-vp9, libsvtav1, mjpeg, ...")] = "libx264",
    gop: Annotated[int | None, typer.Option(help="Most frames between keyframes. Default: the encoder's.")] = None,
    bframes: Annotated[int | None, typer.Option(help="Most B-frames in a row. Default: the encoder's.")] = None,
    noise: Annotated[float, typer.Option(help="Camera noise, in steps of 8-bit brightness.")] = 4.5,
    seed: Annotated[int, typer.Option(help="What textures and noise are drawn from.")] = 0,
    pixel_format: Annotated[str | None, typer.Option(help="As FFmpeg names it. Default: the encoder's first.")] = None,
    option: Annotated[
        list[str] | None, typer.Option(help="An option of the encoder, NAME=VALUE; may be repeated.")
    ] = None,
) -> None:
    """Encode a moving scene with its frame number drawn on every frame."""
    from vdlab import clips

    width, height = _size(size)
    with bar("making") as progress:
        path = clips.make(
            out,
            width=width,
            height=height,
            fps=_fps(fps),
            seconds=seconds,
            codec=codec,
            gop=gop,
            bframes=bframes,
            noise=noise,
            seed=seed,
            options=_options(option or []),
            pixel_format=pixel_format,
            progress=progress,
        )
    _print_written(path)


@app.command()
def repeat(
    clip: Annotated[Path, typer.Argument(help="The clip.")],
    times: Annotated[int, typer.Argument(help="How many times in a row.")],
    out: Annotated[Path, typer.Argument(help="Where to: .mp4, .mov or .mkv.")],
) -> None:
    """Repeat a clip into a long video by stream copy: nothing is encoded again."""
    from vdlab import clips

    with bar("copying") as progress:
        path = clips.repeat(clip, times, out, progress=progress)
    _print_written(path)


@app.command()
def fetch(
    out: Annotated[
        Path | None, typer.Argument(help="Where to. Default: tutorial.mp4 where VDLab keeps its videos.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds until giving up.")] = 60,
) -> None:
    """Download the clip that TorchCodec's tutorial decodes (CC0, by Coverr on Pexels)."""
    from vdlab import clips

    target = out or clips.folder_for_videos() / "tutorial.mp4"
    with bar("fetching", "bytes") as progress:
        path = clips.fetch(target, timeout=timeout, progress=progress)
    _print_written(path)


def _facts(video: Path) -> list[tuple[str, str]]:
    from vdlab.video import Video
    from vdlab.video.source import is_cover, opened

    found = Video.open(video)
    index = found.index
    with opened(found.source, found.stream_index) as (container, stream):
        context = stream.codec_context
        profile = context.profile if context else None
        videos = sum(not is_cover(other) for other in container.streams.video)
        facts = [
            ("video", str(found.path)),
            ("container", container.format.long_name or container.format.name),
            ("duration", f"{found.duration_seconds:.2f} s"),
            ("resolution", f"{found.width}x{found.height}"),
            ("codec", f"{found.codec} {profile or ''}".rstrip()),
            ("pixel format", (context and context.pix_fmt) or "unknown"),
            ("average fps", f"{found.average_fps:.4g}"),
            ("frames", f"{found.num_frames:,}"),
            ("bit rate", _bit_rate(int(index.size.sum()), found.duration_seconds)),
            ("GOP length", _gop_lengths(index)),
            ("disposable frames", f"{index.disposable.mean():.1%}" if index.known else "not known for this codec"),
            ("starts at", f"{index.times[0]:.3f} s" if index.timed else "the stream keeps no times"),
            ("in parallel", f"no: {index.doubt}" if index.doubt else "yes, from keyframe to keyframe"),
        ]
        if videos > 1:
            facts.append(("video streams", f"{videos}; this is stream {found.stream_index}, the best one"))
        return facts


def _bit_rate(size: int, seconds: float) -> str:
    return f"{size * 8 / seconds / 1000:,.0f} kbit/s" if seconds > 0 else "unknown"


def _gop_lengths(index: "PacketIndex") -> str:
    import numpy as np

    lengths = index.gop_lengths
    if not len(lengths):
        return "no keyframes"
    numbers = index.keyframe_numbers
    first = ", ".join(str(number) for number in numbers[:6]) + (", ..." if len(numbers) > 6 else "")
    return (
        f"{lengths.min()} / {np.median(lengths):g} / {lengths.max()} frames (min / median / max), "
        f"{len(numbers)} keyframe{'s' if len(numbers) != 1 else ''} at {first}"
    )


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = text.lower().split("x")
        return int(width), int(height)
    except ValueError as error:
        raise SettingsError(f"--size must be like 640x360, not {text!r}") from error


def _fps(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise SettingsError(f"--fps must be a number like 25, 29.97 or 30000/1001, not {text!r}") from error


def _options(pairs: list[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    for name, equals, _ in split:
        if not (name and equals):
            raise SettingsError(f"--option must be like crf=30, not {name!r}")
    return {name: value for name, _, value in split}


def _print_written(path: Path) -> None:
    from rich.text import Text

    console().print(Text(f"{path}  {path.stat().st_size / 1e6:.2f} MB"), soft_wrap=True)
