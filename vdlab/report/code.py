"""The verdict as code: a short script that decodes the same frames the fastest way, without VDLab."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from vdlab.errors import VDLabError
from vdlab.report.repeat import built_in, short
from vdlab.results.judgement import right_and_timed
from vdlab.results.records import Measurement, Results
from vdlab.results.verdict import fastest

TEMPLATES = Environment(
    loader=PackageLoader("vdlab.report", "templates"),
    autoescape=lambda name: name is not None and name.endswith(".html.jinja"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
"""The scripts, and the pages, in which whatever comes from outside is escaped."""

# Whose packets say which frames nobody needs, as the script of these strategies must know.
PRUNING, PRUNED_CODECS = ("pruned-threads", "keyframe-threads"), ("h264", "hevc")


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
    fps = results.first_rate(fps)
    ranked = right_and_timed(results, fps)
    if not ranked:
        raise VDLabError(f"there is no verdict to write as code: at {fps:g} fps, no run returned the right frames")
    best = next((one for one in ranked if has_script(results, one)), None)
    if best is None:
        raise VDLabError(f"there is no script for what was measured: {', '.join(str(one.setting) for one in ranked)}")
    script = TEMPLATES.get_template(template(best.setting.strategy)).render(
        video=repr(results.video.path if video is None else video),
        fps=short(fps),
        seek_mode=repr(results.plan.seek_mode),
        workers=best.setting.workers,
        ffmpeg_threads=best.setting.ffmpeg_threads,
    )
    faster = ranked[0]
    if faster is best:
        return script
    known = built_in(results, faster.setting.strategy)
    how = "vdlab.decode runs it" if known else "register its source for vdlab.decode"
    # Quoted, because a results file can come from anyone and its names must stay inside the comment.
    times = f"{str(faster.setting)!r} was {best.median / faster.median:.2f}x as fast"
    return f"# {times} but has no short script; {how}.\n{script}"


def template(strategy: str) -> str:
    """The name of a strategy's script among the templates: a program of at most 30 lines that sets `frames`.

    To leave out what nobody needs is never more work than not, so keyframe-threads has the script of pruned-threads.
    """
    return f"scripts/{PRUNING[0] if strategy in PRUNING else strategy}.py.jinja"


def has_script(results: Results, one: Measurement) -> bool:
    """Whether there is a script that does what this setting did, on this video.

    A strategy that said of its run that it fell back to another way did not do what its script does.
    """
    if one.setting.strategy in PRUNING:
        return results.video.codec in PRUNED_CODECS and not one.worst.notes
    return template(one.setting.strategy) in TEMPLATES.list_templates()


def own_code(results: Results, video: str) -> str:
    """Where a user's own strategy is the fastest at the first sampling rate, its source and a call; else nothing.

    Args:
        results: what was measured.
        video: what the call names the video.
    """
    fps = results.first_rate()
    best = fastest(results, fps)
    if best is None or built_in(results, best.setting.strategy):
        return ""
    name, seek_mode = best.setting.strategy, results.plan.seek_mode
    source = results.strategies[name].source or f"# The source of {name!r} is not known here: register it first."
    choices = f"fps={short(fps)}, strategy={name!r}, workers={best.setting.workers}, seek_mode={seek_mode!r}"
    return f"import vdlab\n\n{source.rstrip()}\n\nframes = vdlab.decode({video!r}, {choices}).data\n"
