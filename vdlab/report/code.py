"""The verdict as code: a short script that decodes the same frames the fastest way, without VDLab."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from vdlab.charts.canvas import first_rate
from vdlab.errors import VDLabError
from vdlab.report.own import comes_with_vdlab
from vdlab.report.repeat import short
from vdlab.results.records import Results
from vdlab.results.verdict import fastest

# The strategies that have a script in `scripts/`. Each is an ordinary program whose constants are filled in; to add
# one, put a file of at most 30 lines there that sets `frames`, and name it here. Leaving out what nobody needs is
# never more work than not, so keyframe-threads has the script of pruned-threads.
SCRIPTS = {
    "sequential": "sequential.py",
    "ffmpeg-threads": "ffmpeg_threads.py",
    "processes": "processes.py",
    "threads": "threads.py",
    "shared-memory": "shared_memory.py",
    "keyframe-threads": "pruned_threads.py",
    "pruned-threads": "pruned_threads.py",
    "hybrid": "hybrid.py",
    "cuda": "cuda.py",
    "pyav": "pyav.py",
}
MARKED_CODECS = ("h264", "hevc")  # whose packets say what pruned_threads.py must know


def code(results: Results, fps: float | None = None, video: str | None = None) -> str:
    """A script of at most 30 lines that needs neither VDLab nor anything else that the strategy does not.

    It holds the fastest strategy whose frames were right and that can be said in a short script, with its number of
    workers; where a faster one cannot, a comment on top names it, and says how to run it.

    Args:
        results: what was measured.
        fps: the sampling rate; the first one measured if None.
        video: what the script calls the video; its absolute path if None.

    Raises:
        VDLabError: nothing was measured that returned the right frames, or nothing that has a script.
    """
    fps = first_rate(results, fps)
    table = results.summary()
    right = table[(table["fps"] == fps) & (table["runs"] > 0) & table["verdict"].isin(["identical", "close"])]
    ranked = list(right.sort_values("median").itertuples())
    if not ranked:
        raise VDLabError(f"there is no verdict to write as code: at {fps:g} fps, no run returned the right frames")
    best = next((row for row in ranked if has_script(results, row)), None)
    if best is None:
        raise VDLabError(f"there is no script for what was measured: {', '.join(row.setting for row in ranked)}")
    script = filled(
        files("vdlab.report").joinpath("scripts", SCRIPTS[best.strategy]).read_text(encoding="utf-8"),
        {
            "VIDEO": results.video.path if video is None else video,
            "FPS": short(fps),
            "SEEK_MODE": results.plan.seek_mode,
            "WORKERS": best.workers,
            "FFMPEG_THREADS": best.ffmpeg_threads,
        },
    )
    faster = ranked[0]
    if faster is best:
        return script
    times = best.median / faster.median
    how = "vdlab.decode runs it" if comes_with_vdlab(faster.strategy) else "register its source for vdlab.decode"
    # Quoted, because a results file can come from anyone and its names must stay inside the comment.
    return f"# {faster.setting!r} was {times:.2f}x as fast but has no short script; {how}.\n{script}"


def has_script(results: Results, row: Any) -> bool:
    """Whether there is a script that does what this row of the summary did, on this video.

    A strategy that said of its run that it fell back to another way did not do what its script does.
    """
    if SCRIPTS.get(row.strategy) == "pruned_threads.py":
        return results.video.codec in MARKED_CODECS and not row.notes
    return row.strategy in SCRIPTS


def own_code(results: Results, video: str) -> str:
    """Where a user's own strategy is the fastest at the first sampling rate, its source and a call; else nothing.

    Args:
        results: what was measured.
        video: what the call names the video.
    """
    fps = first_rate(results, None)
    best = fastest(results, fps)
    if best is None or comes_with_vdlab(best["strategy"]):
        return ""
    name, workers, seek_mode = best["strategy"], int(best["workers"]), results.plan.seek_mode
    source = results.sources.get(name) or f"# The source of {name!r} is not known here: register it first."
    choices = f"fps={short(fps)}, strategy={name!r}, workers={workers}, seek_mode={seek_mode!r}"
    return f"import vdlab\n\n{source.rstrip()}\n\nframes = vdlab.decode({video!r}, {choices}).data\n"


def filled(script: str, constants: Mapping[str, object]) -> str:
    """The script with the constants that it defines set to these values."""
    for name, value in constants.items():
        # A function, because in a replacement text the backslashes of a file name would be read as escapes.
        script = re.sub(rf"^{name} = .*$", lambda _, line=f"{name} = {value!r}": line, script, flags=re.MULTILINE)
    return script
