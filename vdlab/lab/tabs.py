"""The right column: charts of the catalogue, and what is no chart. A page is drawn whenever someone looks at it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import ipywidgets as widgets
import pandas as pd

from vdlab.charts.catalogue import CHARTS, chart
from vdlab.charts.chart import Chart, taken
from vdlab.charts.laws import steepest
from vdlab.lab.markup import block, empty, listed, note, sentence, text, themed
from vdlab.lab.pictures import Sheet, Shot
from vdlab.report.facts import rows
from vdlab.results.records import VERDICTS, Caution, Measurement, Results, Setting
from vdlab.results.verdict import verdict, words_of_cautions, words_of_frames, words_of_speed
from vdlab.results.waiting import most_telling, traces_at

FEW_CAUTIONS = 2
MEANING = {
    "identical": "every pixel is the reference's, and every time",
    "close": "only colours differ, by no more than this strategy's way of converting them explains",
    "differs": "some frames are not the reference's, or not those asked for",
    "failed": "it raised an error",
}
COLUMNS = (
    *("strategy", "workers", "ffmpeg_threads", "fps", "phase", "round"),
    *("seconds", "cpu_seconds", "verdict", "frames", "detail", "notes"),
)


@dataclass(frozen=True)
class View:
    """What there is to be seen.

    Attributes:
        results: everything measured so far.
        fps: the sampling rate that is looked at, where several were measured.
        sheets: pictures from the sweep, by setting.
        behind: earlier runs of the same work, to be laid behind.
        refused: why other earlier runs are not laid behind, a sentence each.
        running: whether more is to come.
        whole: the same results with all that can become of frames; None where there is no more than `results`.
    """

    results: Results
    fps: float
    sheets: Mapping[Setting, Sheet] = field(default_factory=dict)
    behind: Sequence[Results] = ()
    refused: Sequence[str] = ()
    running: bool = False
    whole: Results | None = None


@dataclass(frozen=True)
class Tab:
    """A page of the right column.

    Attributes:
        title: its name.
        widget: what is shown.
        draw: shows what has been measured; called whenever that has grown and the page is looked at.
        look: called when someone turns to the page, before anything has been measured too.
    """

    title: str
    widget: widgets.Widget
    draw: Callable[[View], None]
    look: Callable[[], None] = lambda: None


def page(title: str, awaited: str, render: Callable[[View], str]) -> Tab:
    """A tab that is nothing but HTML.

    Args:
        awaited: what will be seen there, said before anything has been measured.
    """
    body = block(empty(f"Press Run: {awaited}"), "page")

    def draw(view: View) -> None:
        body.value = render(view)

    return Tab(title, body, draw)


def choosing(
    title: str,
    awaited: str,
    label: str,
    offer: Callable[[View], list[tuple[str, Any]]],
    render: Callable[[View, Any], str],
) -> Tab:
    """A tab with a choice of what its page is about.

    Args:
        awaited: what will be seen there, said before anything has been measured.
        label: what is chosen, beside the choice.
        offer: what can be chosen, with its name, the best to begin with first; what was chosen stays where it can.
        render: the page; given None where there is nothing to choose.
    """
    choice = widgets.Dropdown(description=label, layout={"max_width": "340px", "display": "none"})
    body = block(empty(f"Press Run: {awaited}"), "page")
    views: dict[str, View] = {}

    def show(change: dict[str, Any] | None = None) -> None:
        body.value = render(views["last"], choice.value)

    def draw(view: View) -> None:
        views["last"] = view
        options = offer(view)
        values = [value for _, value in options]
        before = choice.value
        choice.unobserve(show, "value")  # new options choose one of their own, and what is drawn then nobody sees
        choice.options = options
        choice.value = before if before in values else next(iter(values), None)
        choice.observe(show, "value")
        choice.layout.display = None if values else "none"
        show()

    choice.observe(show, "value")
    return Tab(title, widgets.VBox([choice, body]), draw)


def awaited(shown: Sequence[Chart]) -> str:
    """The questions that a page of charts answers."""
    return f"this is answered here.<br>{'<br>'.join(text(one.question) for one in shown)}"


def charts_tab(title: str, shown: Sequence[Chart]) -> Tab:
    """Charts of the catalogue, one below the other."""
    return page(title, awaited(shown), lambda view: drawn_charts(view, shown))


def drawn_charts(view: View, shown: Sequence[Chart], **options: Any) -> str:
    """Each chart, with those of the options that it takes, or why it is not there."""
    reasons = [one.lacking(view.results, view.fps, **taken(one.lacking, options)) for one in shown]
    if all(reasons):
        return empty("<br>".join(f"{sentence(reason)}." for reason in dict.fromkeys(reasons)))
    return "".join(
        note(reason) if reason else drawn_chart(view, one, **options)
        for one, reason in zip(shown, reasons, strict=True)
    )


def drawn_chart(view: View, shown: Chart, **options: Any) -> str:
    """A chart under its sentences and above how to read it, with the earlier runs behind it where it takes them."""
    options = taken(shown.draw, {"behind": view.behind, "words": False, **options})
    refused = view.refused if "behind" in options else ()
    says = shown.says(view.results, view.fps, **taken(shown.says, options)) if shown.says else []
    drawn = themed(shown.draw(view.results, fps=view.fps, **options))
    caption = f'<p class="vdlab-note">{sentence(shown.caption)}</p>'
    return listed(says) + drawn + caption + "".join(map(note, refused))


def timeline_tab(title: str, shown: Sequence[Chart]) -> Tab:
    """The timeline of a setting that is chosen, first the one that is most worth a look."""

    def offer(view: View) -> list[tuple[str, Setting]]:
        found = [most_telling(view.results, view.fps), *traces_at(view.results, view.fps)]
        return [(str(setting), setting) for setting in dict.fromkeys(trace.setting for trace in found if trace)]

    def render(view: View, setting: Setting | None) -> str:
        alone = shown[0].lacking(view.results, view.fps)  # a single worker's, which is said in words
        return drawn_charts(view, shown, setting=None if alone else setting)

    return choosing(title, awaited(shown), "Setting", offer, render)


def laws_tab(title: str, shown: Sequence[Chart]) -> Tab:
    """The laws of scaling for a strategy that is chosen, first the one that scales best; then what is drawn of all."""

    def offer(view: View) -> list[tuple[str, str]]:
        names = [one.setting.strategy for one in view.results.at(view.fps) if one.setting.workers > 1]
        best = [name for name in names if name == steepest(view.results, view.fps)]
        return [(name, name) for name in dict.fromkeys([*best, *names])]

    return choosing(
        title, awaited(shown), "Strategy", offer, lambda view, strategy: drawn_charts(view, shown, strategy=strategy)
    )


def overview_tab(title: str, shown: Sequence[Chart]) -> Tab:
    """The answer: the verdict in a sentence, what it rests on, bars with every run, and what weakens the numbers."""

    def render(view: View) -> str:
        if not any(one.timed for one in view.results.at(view.fps)):
            return empty(nothing_timed(view))
        lines = "<br>".join(sentence(line) for line in verdict(view.results).splitlines())
        drawn = drawn_charts(view, shown)
        says = listed(words_of_speed(view.results, view.fps))
        of = view.results.collection
        sampled = f'<p class="vdlab-note">{sentence(of.sentence)}</p>' if of else ""
        return f'<p class="vdlab-verdict">{lines}</p>{sampled}{says}{drawn}{cautions(view.results.cautions)}'

    return page(title, "what is measured appears here at once.", render)


def nothing_timed(view: View) -> str:
    """Why the overview has no bars."""
    if view.running:
        return "Warming up: untimed runs come first, the first bars follow."
    runs = view.results.at(view.fps)
    failed = "".join(f"<br>{text(one.setting)}: {sentence(one.worst.detail)}" for one in runs if one.worst.detail)
    if failed:
        return f"Nothing could be timed.{failed}"
    return "The sweep ended before anything was timed: what ran was to warm up. Press Run to measure."


def cautions(found: list[Caution]) -> str:
    """What weakens the numbers; more than a few are folded away under how many they are."""
    if not found:
        return ""
    said = words_of_cautions(found, "lab")
    lines = "".join(f"<li>{sentence(one.sentence)}</li>" for one in said)
    state = "open" if len(said) <= FEW_CAUTIONS else ""
    summary = f"{len(said)} {'thing weakens' if len(said) == 1 else 'things weaken'} these numbers"
    return f'<details class="vdlab-cautions" {state}><summary>{summary}</summary><ul>{lines}</ul></details>'


def frames_tab() -> Tab:
    """What was decoded: a contact sheet, and for a difference the frames side by side."""

    def offer(view: View) -> list[tuple[str, Setting]]:
        verdicts = {one.setting: one.worst.verdict for one in view.results.at(view.fps) if one.difference}
        verdicts |= {setting: sheet.verdict for setting, sheet in view.sheets.items() if setting.fps == view.fps}
        return [(name(setting, found), setting) for setting, found in verdicts.items()]

    def name(setting: Setting, verdict: str) -> str:
        return str(setting) if verdict == "identical" else f"{setting} ({verdict})"

    def render(view: View, setting: Setting | None) -> str:
        if setting is None:
            return empty("No strategy has returned frames yet.")
        wrong = view.results.difference(setting.strategy, view.fps)
        sheet = contact_sheet(view.sheets[setting]) if setting in view.sheets else ""
        shown = drawn_chart(view, chart("difference"), strategy=setting.strategy) if wrong else ""
        return shown + sheet

    return choosing(
        "Frames", "a few of the frames that each strategy returned appear here.", "Decoded by", offer, render
    )


def contact_sheet(sheet: Sheet) -> str:
    """The pictures, each over its number and when it is shown."""
    shots = "".join(figure(shot) for shot in sheet.shots)
    spaced = f"{len(sheet.shots)} of {sheet.frames:,} frames, evenly spaced: index in the video, and when it is shown"
    return f'{note(spaced)}<div class="vdlab-sheet">{shots}</div>'


def figure(shot: Shot) -> str:
    """A frame over its index and pts."""
    return (
        f'<figure><img src="{shot.picture}" alt="frame {shot.index}">'
        f"<figcaption><b>{shot.index}</b> · {shot.pts:.2f} s</figcaption></figure>"
    )


def correctness_tab() -> Tab:
    """Strategy by setting: are these the reference's frames?"""
    return page("Correctness", "every run is compared with the reference.", lambda view: verdicts(view.results))


def verdicts(results: Results) -> str:
    """The grid, details of what is wrong, what the reference is and what the frames' times say."""
    measured = [one for one in results.measurements if one.runs]
    by_row: dict[str, dict[str, Measurement]] = {}
    for one in measured:
        by_row.setdefault(one.setting.strategy, {})[column(one.setting, results)] = one
    ordered = sorted(measured, key=lambda one: (one.setting.fps, one.setting.workers, one.setting.ffmpeg_threads))
    columns = list(dict.fromkeys(column(one.setting, results) for one in ordered))
    head = "".join(f"<th>{name}</th>" for name in columns)
    rows = "".join(
        f"<tr><th>{text(strategy)}</th>{''.join(cell(row.get(name)) for name in columns)}</tr>"
        for strategy, row in by_row.items()
    )
    wrong = what_is_wrong(measured)
    proof = "".join(
        f'<li class="{"" if said.good else "vdlab-bad"}">at {fps:g} fps, {sentence(said.sentence)}</li>'
        for fps in results.plan.fps
        for said in words_of_frames(results, fps)
    )
    key = "".join(f"<li>{badge(name)} {MEANING[name]}</li>" for name in VERDICTS)
    return (
        scrolling(
            f'<table class="vdlab-grid"><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>',
            "verdicts",
        )
        + (f"<h4>What is wrong</h4>{wrong}" if wrong else "")
        + (f"<h4>How that is known</h4><ul>{proof}</ul>" if proof else "")
        + f'<ul class="vdlab-key">{key}</ul>'
    )


def what_is_wrong(measured: Sequence[Measurement]) -> str:
    """Settings that failed or differ: why, and where in a strategy of one's own; what is alike is said once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in measured:
        if one.worst.detail:
            alike.setdefault((one.worst.detail, one.worst.stack), []).append(f"<b>{text(one.setting)}</b>")
    lines = (
        f"<li>{', '.join(names)}: {sentence(detail)}"
        + (f'<pre class="vdlab-text" tabindex="0">{text(stack)}</pre></li>' if stack else "</li>")
        for (detail, stack), names in alike.items()
    )
    return f"<ul>{''.join(lines)}</ul>" if alike else ""


def scrolling(table: str, name: str) -> str:
    """A table that scrolls where it is too large, with the keyboard too."""
    return f'<div class="vdlab-scroll" tabindex="0" role="region" aria-label="{name}">{table}</div>'


def column(setting: Setting, results: Results) -> str:
    """A setting's workers, and the rate where there are several."""
    rate = f"{setting.fps:g} fps, " if len(results.plan.fps) > 1 else ""
    return f"{rate}x{setting.counts}"


def cell(measured: Measurement | None) -> str:
    """The worst verdict, with the first frame that differs."""
    if measured is None:
        return "<td></td>"
    first = measured.worst.first_differing
    where = "" if first is None else f"<br><small>from frame {first}</small>"
    return f"<td>{badge(measured.worst.verdict)}{where}</td>"


def badge(name: str) -> str:
    """A verdict in its colour, and in words for those who do not see colours."""
    return f'<span class="vdlab-badge vdlab-{name}">{name}</span>'


def table_tab() -> Tab:
    """Every run, as numbers, the latest first."""
    return page("Table", "every run becomes a row.", render_table)


def render_table(view: View) -> str:
    """The page. Columns that say nothing are left out."""
    frame = view.results.frame[list(COLUMNS)].iloc[::-1]
    if (frame["ffmpeg_threads"] == 1).all():
        frame = frame.drop(columns="ffmpeg_threads")
    frame = frame.loc[:, [name for name in frame if frame[name].notna().any() and not frame[name].eq("").all()]]
    body = frame.to_html(index=False, border=0, classes="vdlab-grid", float_format=number, na_rep="-")
    runs = note(f"{len(frame)} runs, the latest first: `lab.results.frame`") + scrolling(body, "runs")
    return (settings_table(view) if view.results.collection else "") + runs


def settings_table(view: View) -> str:
    """Of many videos, a row a setting, with the columns that the report has."""
    cells = pd.DataFrame([row.cells for row in rows(view.results, view.fps)])
    return scrolling(cells.to_html(index=False, border=0, classes="vdlab-grid"), "settings")


def number(value: float) -> str:
    """Seconds to the millisecond; a rate without superfluous noughts."""
    return "-" if pd.isna(value) else f"{value:.3f}".rstrip("0").rstrip(".")


PAGES = {
    "Overview": ("time",),
    "Speedup": ("speedup", "hybrid"),
    "Timeline": ("timelines",),
    "GOPs": ("gop_map",),
    "Laws": ("laws", "karp_flatt"),
    "Cost": ("cpu", "breakdown", "memory", "cold"),
    "Sampling": ("sampling",),
}
"""The charts of each page; one that is in none has a page of its own."""

MORE_THAN_CHARTS = {"Overview": overview_tab, "Timeline": timeline_tab, "Laws": laws_tab}


def tabs(of: Literal["video", "collection"] = "video") -> list[Tab]:
    """The pages that are drawn from results alone, on one video or on many."""
    named = {"difference", *(name for names in PAGES.values() for name in names)}  # the page of frames draws that
    pages = PAGES | {one.title: (one.name,) for one in CHARTS if one.name not in named}
    shown = {title: [one for one in map(chart, names) if one.of in ("any", of)] for title, names in pages.items()}
    drawn = [MORE_THAN_CHARTS.get(title, charts_tab)(title, found) for title, found in shown.items() if found]
    return [*drawn, *([frames_tab()] if of == "video" else []), correctness_tab(), table_tab()]
