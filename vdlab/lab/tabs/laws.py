"""The laws of scaling: what they say of one strategy, and the serial fraction of all."""

from vdlab import charts
from vdlab.charts.laws import no_laws, steepest, words_of_laws
from vdlab.lab.markup import text
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, choosing, empty
from vdlab.results.records import Results


def laws() -> Tab:
    """A choice of strategy, and its laws."""
    return choosing(
        "Laws",
        "Strategy",
        "Press Run with several worker counts: the laws that bend the speedup appear here.",
        lambda view: strategies(view.results, view.fps),
        lambda view: steepest(view.results, view.fps),
        lambda view: "A law needs a strategy that was timed with several worker counts.",
        render,
    )


def strategies(results: Results, fps: float) -> list[str]:
    """Those that were timed with more than one worker."""
    return list(
        dict.fromkeys(
            run.strategy for run in results.runs if run.fps == fps and run.phase == "timed" and run.workers > 1
        )
    )


def render(view: View, strategy: str) -> str:
    """The page: what the laws say, the laws over the measured speedups, and Karp and Flatt's fraction under them."""
    if reason := no_laws(view.results, view.fps, strategy):
        words, drawn = empty(text(reason)), []
    else:
        said = words_of_laws(view.results, view.fps, strategy)
        words = f'<ul class="vdlab-says">{"".join(f"<li>{text(sentence)}.</li>" for sentence in said)}</ul>'
        drawn = [themed(charts.laws(view.results, strategy, fps=view.fps, words=False))]
    if not no_laws(view.results, view.fps):
        drawn.append(themed(charts.karp_flatt(view.results, fps=view.fps)))
    return words + "".join(drawn)
