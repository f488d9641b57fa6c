"""Strategy by setting: are these the reference's frames?"""

from vdlab.lab.markup import sentence, text
from vdlab.lab.tabs.tab import Tab, page
from vdlab.results.records import VERDICTS, Results, Run
from vdlab.results.verdict import words_of_frames

MEANING = {
    "identical": "every pixel is the reference's, and every time",
    "close": "only colours differ, by no more than this strategy's way of converting them explains",
    "differs": "some frames are not the reference's, or come from the wrong place",
    "failed": "it raised an error",
}


def correctness() -> Tab:
    """A grid of verdicts."""
    return page("Correctness", lambda view: render(view.results))


def render(results: Results) -> str:
    """The page: the grid, details of what is wrong, what the reference is and what the frames' times say."""
    worst: dict[tuple[str, tuple[float, int, int]], Run] = {}
    for run in results.runs:
        key = (run.strategy, (run.fps, run.workers, run.ffmpeg_threads))
        if key not in worst or VERDICTS.index(run.verdict) > VERDICTS.index(worst[key].verdict):
            worst[key] = run
    columns = sorted({column for _, column in worst})
    head = "".join(f"<th>{heading(column, results)}</th>" for column in columns)
    rows = "".join(
        f"<tr><th>{text(strategy)}</th>" + "".join(cell(worst.get((strategy, column))) for column in columns) + "</tr>"
        for strategy in dict.fromkeys(strategy for strategy, _ in worst)
    )
    wrong = "".join(
        f"<li><b>{text(run.setting)}</b>: {sentence(run.detail)}</li>" for run in worst.values() if run.detail
    )
    proof = "".join(
        f'<li class="{"" if said.good else "vdlab-bad"}">at {fps:g} fps, {sentence(said.sentence)}</li>'
        for fps in results.plan.fps
        for said in words_of_frames(results, fps)
    )
    key = "".join(f"<li>{badge(name)} {MEANING[name]}</li>" for name in VERDICTS)
    return (
        f'<div class="vdlab-scroll"><table class="vdlab-grid"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        + (f"<h4>What is wrong</h4><ul>{wrong}</ul>" if wrong else "")
        + (f"<h4>How that is known</h4><ul>{proof}</ul>" if proof else "")
        + f'<ul class="vdlab-key">{key}</ul>'
    )


def heading(column: tuple[float, int, int], results: Results) -> str:
    """A column's workers, and the rate where there are several."""
    fps, workers, inner = column
    rate = f"{fps:g} fps, " if len(results.plan.fps) > 1 else ""
    return f"{rate}x{workers}" + (f"x{inner}" if inner > 1 else "")


def cell(run: Run | None) -> str:
    """A verdict, with the first frame that differs."""
    if run is None:
        return "<td></td>"
    where = "" if run.first_differing is None else f"<br><small>from frame {run.first_differing}</small>"
    return f"<td>{badge(run.verdict)}{where}</td>"


def badge(verdict: str) -> str:
    """A verdict in its colour, and in words for those who do not see colours."""
    return f'<span class="vdlab-badge vdlab-{verdict}">{verdict}</span>'
