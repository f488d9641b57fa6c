"""What is known of a chart, and what all of them do: draw on an Axes under a question, or say why nothing is drawn."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, cleandoc, signature
from itertools import cycle
from typing import Any, Literal, TypeVar

from matplotlib.axes import Axes

from vdlab.charts.canvas import MUTED, axes, nothing, plain
from vdlab.errors import SettingsError
from vdlab.results.compare import other_work
from vdlab.results.records import Measurement, Results
from vdlab.results.verdict import words_of_frames

# How earlier runs are told apart where colours stand for strategies: a marker and a dash each.
MARKS: tuple[tuple[str, Any], ...] = (
    *(("D", "--"), ("s", ":"), ("^", "-.")),
    *(("v", (0, (5, 1, 1, 1, 1, 1))), ("P", (0, (8, 3))), ("X", (0, (1, 3)))),
)

Value = TypeVar("Value")

ARGUMENTS = """
Args:
    results: what was measured.
    ax: where to draw; a figure of its own if None.
    fps: the sampling rate to draw; the first one measured if None.
"""
"""What is said of every chart."""


def single(values: Collection[Value], in_words: Callable[[Value], str]) -> str:
    """A value that is alone, in words: a chart of a single bar or point says less. Empty where there are several."""
    return in_words(next(iter(values))) if len(values) == 1 else ""


def not_timed(results: Results, fps: float) -> str:
    """Why there is nothing to draw of what was timed, or the only time there is; empty where there are several."""
    timed = [one for one in results.at(fps) if one.timed]
    return single(timed, time_in_words) if timed else f"No run has been timed at {fps:g} fps"


def time_in_words(one: Measurement) -> str:
    """What a setting took, and that it was alone."""
    runs = f", {min(one.seconds):.2f} to {max(one.seconds):.2f} s in {len(one.timed)} runs" if one.timed[1:] else ""
    cpu = f", and {one.median_cpu:.2f} s of CPU time" if one.cpu_seconds else ""
    return f"{one.setting}, the only setting that was timed, took {one.median:.2f} s{runs}{cpu}"


@dataclass(frozen=True)
class Chart:
    """A chart of the catalogue.

    Attributes:
        name: of the function, and of the file that `vdlab bench` writes.
        title: a tab's name, a heading.
        question: the question it answers, a sentence that ends in a question mark.
        draw: (results, ax=None, fps=None, ...) -> Axes; what else it takes are its options.
        shows: what is to be seen, for those who do not see it.
        caption: how to read it, for those who have never seen one like it.
        lacking: results, a sampling rate and perhaps options -> why there is nothing to draw, and what to do; where
            there is a single value, that value in words; empty where there is something to draw.
        says: of the same, sentences that `draw` writes under the chart unless its option `words` is false; None for a
            chart without words.
        every_rate: whether a report draws it at every sampling rate, and not at the first only.
        of: what it is for, a `video` or a `collection`, or any of them.
    """

    name: str
    title: str
    question: str
    draw: Callable[..., Axes]
    shows: str
    caption: str
    lacking: Callable[..., str] = not_timed
    says: Callable[..., list[str]] | None = None
    every_rate: bool = False
    of: Literal["any", "video", "collection"] = "any"


ONE_VIDEO = "This is of one video; measure a folder to see how loaders do"
"""Why no chart of a collection is drawn of one video."""

ABOVE = 24
"""Points between a chart and its question: what is drawn stands between them."""

DESCRIBED: dict[str, Chart] = {}
"""Every chart whose file has been imported, by its name; `vdlab.charts.catalogue` has them in reading order."""


def usual_size(results: Results, fps: float) -> tuple[float, float]:
    """Inches of a chart that needs no more room for more results."""
    return 8.0, 4.5


def describe(
    title: str,
    question: str,
    size: Callable[..., tuple[float, float]] = usual_size,
    lacking: Callable[..., str] = not_timed,
    **about: Any,
) -> Callable[[Callable[..., None]], Callable[..., Axes]]:
    """Make the function below, which draws on an Axes, a chart of its name: (results, ax=None, fps=None, ...) -> Axes.

    It is called, as (ax, results, fps, ...), where there is something to draw.

    Args:
        size: results, a sampling rate and perhaps options -> inches of a figure of its own.
        title, question, lacking, about: the fields of `Chart`.
    """

    def described(draw: Callable[..., None]) -> Callable[..., Axes]:
        @wraps(draw)
        def drawn(results: Results, ax: Axes | None = None, fps: float | None = None, **options: Any) -> Axes:
            fps = results.first_rate(fps)
            reason = chart.lacking(results, fps, **taken(chart.lacking, options))
            width, height = (8.0, 1.8) if reason else size(results, fps, **taken(size, options))
            ax = axes(ax, width, height)
            ax.set_label(chart.shows)
            heading(ax, question, results, fps)
            if reason:
                nothing(ax, reason)
            else:
                footnotes(ax, results, fps)
                draw(ax, results, fps, **options)
            return ax

        common, own = signature(drawn, follow_wrapped=False), signature(draw)
        options = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in list(own.parameters.values())[3:]]
        setattr(drawn, "__signature__", Signature([*list(common.parameters.values())[:3], *options]))  # noqa: B010
        says, _, more = cleandoc(draw.__doc__ or "").partition("\n\nArgs:\n")
        drawn.__doc__ = f"{says}\n{ARGUMENTS}{more}"
        chart = Chart(draw.__name__, title, question, drawn, lacking=of_many(lacking, about.get("of")), **about)
        DESCRIBED[chart.name] = chart
        return drawn

    return described


def taken(function: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that a function takes."""
    return {name: value for name, value in options.items() if name in signature(function).parameters}


def of_many(lacking: Callable[..., str], of: str | None) -> Callable[..., str]:
    """The same; of a chart of collections, with a reason why none is drawn of one video."""
    if of != "collection":
        return lacking
    return lambda results, fps: lacking(results, fps) if results.collection else ONE_VIDEO


def heading(ax: Axes, question: str, results: Results, fps: float, cpus: bool = True) -> None:
    """The question that is answered, and under it which frames of which video on which machine.

    Where several machines are in one chart, leave out the number of `cpus`.
    """
    video, many = results.video, results.collection
    about = f"{video.name} ({video.width}x{video.height} {video.codec})"
    how = f"{results.plan.seek_mode} seeking"
    if many:
        about, how = f"{many.sampled:,} of {many.listed:,} videos in {video.name}", results.case
    machine = f"{results.machine.cpus_allowed} CPUs, " if cpus else ""
    facts = f"{results.frames(fps):,} of {video.num_frames:,} frames of {about}, {machine}{how}"
    ax.set_title(plain(question), loc="left", fontweight="bold", pad=ABOVE)
    ax.annotate(
        plain(facts),
        (0, 1),
        (0, 8),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8.5,
        color=MUTED,
        annotation_clip=False,
    )


def footnotes(ax: Axes, results: Results, fps: float) -> None:
    """Under the chart, what weakens its message: wrong frames at this rate, another reference than the usual one."""
    lines = [said.sentence for said in words_of_frames(results, fps) if not said.good]
    if lines:
        ax.figure.supxlabel(plain("\n".join(lines)), fontsize=8.5, color="#b22222", x=0.01, ha="left", wrap=True)


def laid_behind(
    results: Results, behind: Sequence[Results], fps: float
) -> list[tuple[Results, dict[str, Any], dict[str, Any]]]:
    """Earlier runs, each with the look of its markers and of its lines.

    Raises:
        SettingsError: one did other work, so its times would say nothing here: which, and in what it differs.
    """
    for earlier in behind:
        reason = other_work(results, earlier, fps)
        if reason:
            raise SettingsError(reason)
    return [
        (earlier, {"marker": marker, "markersize": 5, "markerfacecolor": "none"}, {"linestyle": dash, "linewidth": 1.2})
        for earlier, (marker, dash) in zip(behind, cycle(MARKS), strict=False)
    ]


def not_measured(results: Results, fps: float, what: str, option: str, label: str) -> str:
    """Why a sweep has none of what it measures in runs of their own, and what to do.

    Args:
        what: was not measured, and how one says so.
        option: the argument of `sweep` that switches it on.
        label: what the lab calls it.
    """
    said = f"No {what} at {fps:g} fps"
    if not getattr(results.plan, option):
        return f"{said}: switch it on, in the lab with {label} under Measuring, elsewhere with --{option}"
    if results.finished is None:
        return f"{said} yet: that comes last, after the timed runs"
    return f"{said}: the warnings say why"
