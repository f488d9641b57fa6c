"""Results as one HTML file: no network, pictures inside, for a screen, a telephone, paper, in light and dark."""

import base64
import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG

from vdlab import charts
from vdlab.charts.canvas import MUTED, figure_of, spoken
from vdlab.charts.catalogue import charts_of
from vdlab.errors import harmless
from vdlab.report.code import TEMPLATES, collection_scripts, own_code, script_of
from vdlab.report.facts import machine_facts, sections, sentences, tiles, video_facts
from vdlab.report.repeat import call, command, remarks
from vdlab.results.compare import Compared
from vdlab.results.records import Results
from vdlab.results.verdict import verdict, words_of_cautions

STYLING = threading.Lock()

# Colours of strategies are the same on a dark page; ink is not. As text, several spaces would become one.
THEME = (
    "text { white-space: pre } svg { fill: var(--ink, #000000) } "
    "@media screen and (prefers-color-scheme: dark) { svg { --ink: #e6ebf0; --soft: #9aa7b4; --bad: #ff8e9b } }"
)


@dataclass(frozen=True)
class Picture:
    """A chart of the page: an address for `src`, what it shows in words, how to read it, and what it says."""

    address: str
    shows: str
    caption: str
    says: list[str] = field(default_factory=list)


def html(results: Results) -> str:
    """The report as a page that needs nothing else. The same results give the same page, byte for byte."""
    name = results.video.name
    found = sections(results)
    page = TEMPLATES.get_template("report.html.jinja").render(
        results=results,
        name=name,
        verdicts=verdict(results).splitlines(),
        tiles=tiles(results, found[0].standing) if found else [],
        cautions=words_of_cautions(results.cautions, "command"),
        sections=found,
        pictures=[
            pictures(section.results, section.fps, whole=section.results.plan.frames == found[0].results.plan.frames)
            for section in found
        ],
        video=video_facts(results),
        machine=machine_facts(results),
        command=command(results),
        call=call(results),
        remarks=remarks(results),
        script=script_of(results),
        foreign=own_code(results, name),
        scripts=collection_scripts(results, name),
    )
    return harmless(page)


def comparison_html(compared: Compared) -> str:
    """The comparison as a page that needs nothing else."""
    results = compared.results
    drawn = [
        Picture(
            inline(partial(charts.compare, results, fps=fps)),
            f"Chart: seconds of every setting at {fps:g} fps in both runs; the numbers are in the table above.",
            "Each bar is a median, each dot one run.",
        )
        for fps in results[0].rates
    ]
    page = TEMPLATES.get_template("comparison.html.jinja").render(
        compared=compared,
        name=results[0].video.name,
        video=video_facts(results[0]),
        pictures=drawn,
    )
    return harmless(page)


def pictures(results: Results, fps: float, whole: bool = True) -> tuple[list[Picture], list[str]]:
    """Every chart that has something to say at this rate, and why the others are not there, each reason once.

    A page with every chart at every rate would be long, and take long to write: most are drawn once.

    Args:
        whole: whether that once is here.
    """
    found, reasons = [], []
    rates = results.rates
    for chart in charts_of(results) if fps in rates else ():
        if (fps != rates[0] or not whole) and not chart.every_rate:
            reasons.append("the other charts are drawn once, above")
        elif reason := chart.lacking(results, fps):
            reasons.append(reason)
        else:
            says = {"words": False} if chart.says else {}
            address = inline(partial(chart.draw, results, fps=fps, **says))
            shows, words = f"Chart at {fps:g} fps: {chart.shows}.", sentences(chart, results, fps)
            found.append(Picture(address, shows, chart.caption, words))
    return found, list(dict.fromkeys(reasons))


def inline(draw: Callable[[], Axes]) -> str:
    """The chart as an SVG in a data URI, the same bytes for the same data, with no background of its own.

    An image, and not markup, so that nothing in it can become part of the page. Its words are text and not outlines,
    which would more than double a report; a browser without matplotlib's wide font takes a narrower one.
    """
    # matplotlib's settings are the whole process's: two reports at once would leave each other's behind.
    with STYLING, matplotlib.rc_context({"svg.hashsalt": "vdlab", "svg.fonttype": "none"}):
        figure = figure_of(draw())
        for patch in (figure.patch, *(ax.patch for ax in figure.axes)):
            patch.set_facecolor("none")
        # As `savefig` does, but that draws everything twice, to fit paper to the figure.
        FigureCanvasSVG(figure).print_svg(svg := io.BytesIO(), metadata={"Date": None})
    drawn = spoken(svg.getvalue().decode(), figure)
    for tone, name in {"#000000": "--ink", MUTED: "--soft", "#b22222": "--bad"}.items():
        drawn = drawn.replace(tone, f"var({name}, {tone})")
    drawn = drawn.replace("<defs>", f"<defs><style>{THEME}</style>", 1)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
