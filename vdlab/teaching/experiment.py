"""One strategy, one slider, one Run: the small widget of the notebooks."""

from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
from IPython.display import display
from joblib.externals.loky import cpu_count

from vdlab.benchmark.sweep import sweep
from vdlab.charts.time import time
from vdlab.lab.markup import block, errors_shown, sentence, style, themed
from vdlab.results.records import Measurement, Results
from vdlab.results.statistics import Ratio
from vdlab.results.verdict import verdict
from vdlab.strategies import find
from vdlab.video import Video


class Experiment:
    """Runs a strategy beside the sequential one, once when it is made and again at every press of Run.

    Attributes:
        results: everything measured so far, of all worker counts that were tried.
    """

    def __init__(self, video: Video | str | Path, strategy: str, fps: float = 2, workers: int | None = None) -> None:
        """Run `strategy` with `workers`, the CPUs this process may use if None.

        Raises:
            VideoError, SettingsError: the video or a setting is unusable.
        """
        self.results: Results | None = None
        self._video, self._strategy, self._fps = video, strategy, fps
        first = max(2, cpu_count()) if workers is None else workers
        self._workers = widgets.IntSlider(
            first, 1, max(first, 2 * cpu_count()), description="Workers", layout={"width": "320px"}
        )
        self._run = widgets.Button(description="Run", icon="play", button_style="primary")
        self._message = block(kind="message")
        self._picture = block(kind="page")
        controls = [self._workers, self._run] if find(strategy).parallel else [self._run]
        row = widgets.HBox(controls).add_class("vdlab-buttons")
        self.widget = widgets.VBox([style(), row, self._message, self._picture]).add_class("vdlab")
        self._run.on_click(lambda button: self._clicked())
        self.run()

    def run(self) -> Results:
        """Measure at the number of workers that the slider shows, add it to what there is, and draw it.

        Raises:
            VideoError, SettingsError: the video or a setting is unusable.
        """
        measured = sweep(
            self._video,
            fps=self._fps,
            strategies=[self._strategy],
            workers=[self._workers.value],
            repeats=4,
            truth=False,
            trace=False,
            memory=False,
            control=False,
        )
        self._last = next(one for one in measured.measurements if one.setting.strategy == self._strategy)
        self.results = measured if self.results is None else joined(self.results, measured)
        weight = "verdict" if self.results.standing(self._fps).told else "note"
        says = sentence(verdict(self.results))
        self._picture.value = f'<p class="vdlab-{weight}">{says}.</p>{themed(time(self.results))}'
        return self.results

    @property
    def speedup(self) -> Ratio | None:
        """How many times as fast as sequential the strategy was when it was last run; None where it failed."""
        assert self.results is not None
        return self.results.speedup(self.results.of(self._last.setting))

    def _clicked(self) -> None:
        self._run.disabled, self._run.description = True, "Running"
        with errors_shown(self._message):
            self.run()
        self._run.disabled, self._run.description = False, "Run"

    def _ipython_display_(self) -> None:
        display(self.widget)


def joined(before: Results, after: Results) -> Results:
    """Both sweeps as one, their rounds counted on: what was measured side by side is compared, and nothing else."""
    rounds = max(run.round for run in before.runs)
    measurements = {one.setting: one for one in before.measurements}
    for one in after.measurements:
        runs = [replace(run, round=run.round + rounds) for run in one.runs]
        earlier = measurements.get(one.setting, Measurement(one.setting)).runs
        measurements[one.setting] = replace(one, runs=[*earlier, *runs])
    workers = {
        name: tuple(sorted({*before.plan.workers[name], *counts})) for name, counts in after.plan.workers.items()
    }
    return replace(after, measurements=list(measurements.values()), plan=replace(after.plan, workers=workers))
