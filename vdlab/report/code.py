"""The verdict as code: a short script that decodes the same frames the fastest way, without VDLab."""

import re
from collections.abc import Mapping
from importlib.resources import files

from vdlab.benchmark.results import Results
from vdlab.charts.canvas import first_rate
from vdlab.errors import VDLabError
from vdlab.report.repeat import short

# The strategies that have a script in `scripts/`. Each is an ordinary program whose constants are filled in; to add
# one, put a file of at most 30 lines there that sets `frames`, and name it here.
SCRIPTS = {
    "sequential": "sequential.py",
    "ffmpeg-threads": "ffmpeg_threads.py",
    "processes": "processes.py",
    "threads": "threads.py",
}


def code(results: Results, fps: float | None = None, video: str | None = None) -> str:
    """A script of at most 30 lines that needs neither VDLab nor anything else that the strategy does not.

    It holds the fastest strategy whose frames were right and that can be said in a short script, with its number of
    workers; where a faster one cannot, a comment on top names it.

    Args:
        results: what was measured.
        fps: the sampling rate; the first one measured if None.
        video: what the script calls the video; its absolute path if None.

    Raises:
        VDLabError: nothing was measured that returned the right frames.
    """
    fps = first_rate(results, fps)
    table = results.summary()
    right = table[(table["fps"] == fps) & (table["runs"] > 0) & table["verdict"].isin(["identical", "close"])]
    ranked = list(right.sort_values("median").itertuples())
    best = next((row for row in ranked if row.strategy in SCRIPTS), None)
    if best is None:
        raise VDLabError(f"there is no verdict to write as code: at {fps:g} fps, no run returned the right frames")
    script = filled(
        files("vdlab.report").joinpath("scripts", SCRIPTS[best.strategy]).read_text(encoding="utf-8"),
        {
            "VIDEO": results.video["path"] if video is None else video,
            "FPS": short(fps),
            "SEEK_MODE": results.settings["seek_mode"],
            "WORKERS": best.workers,
        },
    )
    faster = ranked[0]
    if faster.strategy in SCRIPTS:
        return script
    times = best.median / faster.median
    # Quoted, because a results file can come from anyone and its names must stay inside the comment.
    return f"# {faster.setting!r} was {times:.2f}x as fast but has no short script; vdlab.decode runs it.\n{script}"


def filled(script: str, constants: Mapping[str, object]) -> str:
    """The script with the constants that it defines set to these values."""
    for name, value in constants.items():
        # A function, because in a replacement text the backslashes of a file name would be read as escapes.
        script = re.sub(rf"^{name} = .*$", lambda _, line=f"{name} = {value!r}": line, script, flags=re.MULTILINE)
    return script
