"""Results as the last line of a notebook's cell."""

from textwrap import shorten

from vdlab.errors import harmless
from vdlab.notebook import table
from vdlab.results.records import Results
from vdlab.results.tables import cells
from vdlab.results.verdict import verdict

MOST_ROWS = 20


def in_short(results: Results, longest: int = 10_000) -> str:
    """Of which video, where and when, and the verdict: a line a sampling rate, each of so many letters at most."""
    measured = [one for one in results.measurements if one.runs]
    timed = sum(len(one.timed) for one in measured)
    counts = f"{len(measured)} setting{'s' * (len(measured) != 1)}, {timed} timed run{'s' * (timed != 1)}"
    state = "" if results.finished else ", unfinished"
    lines = [f"Results of {results.video.name} on {results.label}: {counts}{state}", *verdict(results).splitlines()]
    return "\n".join(shorten(harmless(line), longest, placeholder=" …") for line in lines)


def as_html(results: Results) -> str:
    """The verdict over a row a setting, the fastest of each sampling rate first."""
    measured = [one for case in results.cases for fps in case.plan.fps for one in case.at(fps)]
    measured.sort(key=lambda one: (one.setting.frames, one.setting.fps, not (one.right and one.timed), one.median))
    several = len(results.plan.fps) > 1
    rows = [
        {
            **({"fps": f"{one.setting.fps:g}"} if several else {}),
            **({"Frames": one.setting.frames} if len(results.cases) > 1 else {}),
            **cells(results, one),
        }
        for one in measured[:MOST_ROWS]
    ]
    more = f" (the first {MOST_ROWS} of {len(measured)} settings)" if len(measured) > MOST_ROWS else ""
    return table(in_short(results) + more, rows)
