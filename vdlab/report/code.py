"""The verdict as code: a short script that decodes the same frames in the way that won, without VDLab."""

from textwrap import wrap

from jinja2 import Environment, PackageLoader, StrictUndefined

from vdlab.errors import VDLabError, harmless
from vdlab.report.repeat import built_in, short
from vdlab.results.judgement import Standing, right_and_timed, simplicity, standing
from vdlab.results.records import SMALL, Measurement, Results

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

LIBRARIES = {"dataloader": "PyTorch's DataLoader", "joblib": "joblib", "dask": "Dask", "ray": "Ray Data"}
"""What people load collections with, and what each is called."""

SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".webm")
"""What a script takes for videos in a folder."""


def code(results: Results, fps: float | None = None, video: str | None = None) -> str:
    """A script of at most 30 lines that needs neither VDLab nor anything else that the strategy does not.

    Above them a comment holds what was found. The script is that of the simplest of the strategies that cannot be told
    from the fastest; where that one has none, of the next that has, and the comment says so.

    Args:
        results: what was measured.
        fps: the sampling rate; the first one measured if None.
        video: what the script calls the video; its absolute path if None.

    Raises:
        VDLabError: nothing was measured that returned the right frames, or nothing that has a script.
    """
    fps, results = results.first_rate(fps), results.cases[0]
    found, ranked = standing(results, fps), right_and_timed(results, fps)
    if found.choice is None:
        raise VDLabError(f"there is no verdict to write as code: at {fps:g} fps, no run returned the right frames")
    if results.collection:
        return comment(results, found, found.choice) + collection_code(results, found.choice, video)
    ordered = [found.choice, *sorted(found.tied, key=simplicity), *ranked]
    taken = next((one for one in ordered if has_script(results, one)), None)
    if taken is None:
        raise VDLabError(f"there is no script for what was measured: {', '.join(str(one.setting) for one in ranked)}")
    script = TEMPLATES.get_template(template(taken.setting.strategy)).render(
        video=repr(results.video.path if video is None else video),
        fps=short(fps),
        seek_mode=repr(results.plan.seek_mode),
        workers=taken.setting.workers,
        ffmpeg_threads=taken.setting.ffmpeg_threads,
    )
    return comment(results, found, taken) + script


def script_of(results: Results) -> str:
    """The script of a report, which calls the video by its name; empty where there is none."""
    try:
        return code(results, video=results.video.name)
    except VDLabError:
        return ""


def collection_code(results: Results, one: Measurement, videos: str | None = None, library: str | None = None) -> str:
    """A script that loads a folder of videos as a setting does, in the case of what becomes of frames that it is of.

    Args:
        results: what was measured.
        one: the setting; its number of workers, and whether VDLab decodes, are the script's.
        videos: the folder; the one measured if None.
        library: `dataloader`, `joblib`, `dask` or `ray`; what suits the setting if None.
    """
    name = one.setting.strategy
    usual = {"dask": "dask", "ray": "ray", "dataloader": "dataloader", "dataloader-persistent": "dataloader"}
    return TEMPLATES.get_template(f"scripts/collection/{library or usual.get(name, 'joblib')}.py.jinja").render(
        folder=repr(results.video.path if videos is None else videos),
        suffixes=SUFFIXES,
        fps=short(one.setting.fps),
        workers=one.setting.workers,
        ffmpeg_threads=one.setting.ffmpeg_threads,
        small=SMALL if one.setting.frames == "small" else 0,
        vdlab=name == "vdlab",
        processes=name == "processes",
    )


def comment(results: Results, found: Standing, taken: Measurement) -> str:
    """What was found, and why the script is this one, as lines of a comment."""
    said = found.headline.split("; ")
    if found.choice and taken.setting != found.choice.setting:
        known = built_in(results, found.choice.setting.strategy)
        how = "vdlab.decode runs it" if known else "register its source for vdlab.decode"
        said.append(f"{found.choice.setting} has no short script, {how}; this is {taken.setting}")
    elif len(found.tied) > 1:
        said.append(f"this is {taken.setting}, the simplest of them")
    # On lines of their own making: a results file can come from anyone and its names must stay inside the comment.
    lines = [
        line
        for sentence in said
        for line in wrap(harmless(" ".join(sentence.split())), 118, subsequent_indent="  ", break_on_hyphens=False)
    ]
    return "".join(f"# {line}\n" for line in lines)


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


def collection_scripts(results: Results, videos: str) -> list[tuple[str, str]]:
    """Of a collection, the verdict of its first case in every library that people load videos with: title and code."""
    case = results.cases[0]
    choice = standing(case, results.first_rate()).choice
    if not results.collection or choice is None:
        return []
    return [(title, collection_code(case, choice, videos, library)) for library, title in LIBRARIES.items()]


def own_code(results: Results, video: str) -> str:
    """Where a user's own strategy is the verdict at the first sampling rate, its source and a call; else nothing.

    Args:
        results: what was measured.
        video: what the call names the video.
    """
    fps = results.first_rate()
    best = standing(results.cases[0], fps).choice
    if best is None or results.collection or built_in(results, best.setting.strategy):
        return ""
    name, seek_mode = best.setting.strategy, results.plan.seek_mode
    source = results.strategies[name].source or f"# The source of {name!r} is not known here: register it first."
    choices = f"fps={short(fps)}, strategy={name!r}, workers={best.setting.workers}, seek_mode={seek_mode!r}"
    return f"import vdlab\n\n{source.rstrip()}\n\nframes = vdlab.decode({video!r}, {choices}).data\n"
