"""The lab: choose, run, see."""

import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import ipywidgets as widgets
from IPython.display import display

from vdlab.benchmark.plan import make_plan
from vdlab.benchmark.rounds import settled
from vdlab.benchmark.sweep import Observer, Progress, measure
from vdlab.clips import long_video
from vdlab.errors import SettingsError, VDLabError
from vdlab.lab import job as jobs
from vdlab.lab.controls import measuring_card, sampling_card, strategies_card, workers_card
from vdlab.lab.earlier import earlier
from vdlab.lab.estimate import Cost, calibrate, estimate
from vdlab.lab.export import export
from vdlab.lab.job import Job
from vdlab.lab.markup import block, errors_shown, friendly, seconds, segments, show_message, style, text
from vdlab.lab.pictures import Capture
from vdlab.lab.settings import Settings
from vdlab.lab.tabs import View, tabs
from vdlab.lab.video import video_card
from vdlab.results.compare import other_work
from vdlab.results.earlier import folder_for_results, new_folder
from vdlab.results.records import Plan, Results
from vdlab.results.store import Keeper
from vdlab.strategies.registry import LISTENERS
from vdlab.video import Video
from vdlab.video.sampling import sample

DEFAULT_REPEATS = 10

DRAWING_PAUSE = 3
"""Where runs take less time than a chart, drawing after every one would take most of the sweep's time."""


class Lab:
    """An application of widgets: the last value of a cell, or `display(lab)`.

    Every sweep is saved, whole after each of its runs, in a folder of its own: see `vdlab.results.earlier`.

    Attributes:
        results: everything measured by the last sweep, while it runs too; None before the first.
        settings: what is chosen; assign `dataclasses.replace(lab.settings, fps=(1, 5))` to choose otherwise.
    """

    def __init__(self, video: str | Path | Video | None = None) -> None:
        """Open the lab on a video; on the embedded clip, repeated, if None.

        A video that cannot be used is said so in the lab, which then opens on the embedded clip.
        """
        self.results: Results | None = None
        self._video: Video | None = None
        self._cost = Cost(0.0, 0.0)
        self._measured: list[Results] = []
        self._job: Job | None = None
        self._running = False
        self._unsaved = ""
        self._capture = Capture({})
        self._drawing = threading.Lock()
        self._drawn, self._draw_seconds = 0.0, 0.0
        self._quiet = False
        self._build()
        if video is not None:
            self._choose_video(lambda: video.path if isinstance(video, Video) else Path(video))
        if self._video is None:
            said = self._message.value
            self._choose_video(lambda: long_video(DEFAULT_REPEATS))
            self._message.value = said or self._message.value
        LISTENERS.append(self._join)

    @property
    def settings(self) -> Settings:
        """What is chosen."""
        return Settings(**{name: value for card in self._cards for name, value in card.read().items()})

    @settings.setter
    def settings(self, settings: Settings) -> None:
        with errors_shown(self._message):
            self._apply(settings)

    def run(self, wait: bool = True) -> Results | None:
        """Run what is chosen, as pressing Run does.

        Interrupting the kernel while this waits cancels the sweep after the current run.

        Args:
            wait: return when the sweep has ended; else at once, and `lab.results` grows meanwhile.

        Returns:
            The results; None where the sweep could not start: the lab says why.
        """
        before = self._job
        self._start()
        if self._job is before or self._job is None:
            return None
        if wait:
            self._wait(self._job)
        return self.results

    def cancel(self) -> None:
        """End a running sweep after its current run; what was measured stays."""
        if self._job is not None and self._running:
            self._job.cancel.set()
            self._cancel_button.disabled = True
            self._tick(self._job)

    def _ipython_display_(self) -> None:
        display(self.widget)

    def _build(self) -> None:
        """Make the widgets and wire them."""
        strategies, self._join = strategies_card(self._changed)
        self._cards = [
            video_card(self._choose_video),
            sampling_card(self._changed),
            strategies,
            workers_card(self._changed),
            measuring_card(self._changed),
        ]
        earlier_tab, self._behind = earlier(self._refuse, self._draw)
        self._tabs = [*tabs(), export(), earlier_tab]
        self._run_button = widgets.Button(description="Run", icon="play", button_style="primary")
        self._cancel_button = widgets.Button(description="Cancel", icon="stop", disabled=True)
        self._says = block(kind="estimate")
        self._bar = widgets.IntProgress(min=0, max=1000).add_class("vdlab-bar")
        self._status = block("&nbsp;", "status")
        self._message = block(kind="message")
        self._rate = segments(shown=False)
        self._pages = widgets.Tab([tab.widget for tab in self._tabs], titles=[tab.title for tab in self._tabs])
        self._choices = widgets.VBox([card.widget for card in self._cards]).add_class("vdlab-choose")
        buttons = widgets.HBox([self._run_button, self._cancel_button, self._says]).add_class("vdlab-buttons")
        run = widgets.VBox([buttons, self._bar, self._status, self._message]).add_class("vdlab-card")
        see = widgets.VBox([run, self._rate, self._pages]).add_class("vdlab-see")
        columns = widgets.HBox([self._choices, see]).add_class("vdlab-columns")
        heading = block("<h2>VDLab</h2><p>The fastest correct way to get these frames out of this video.</p>", "title")
        self.widget = widgets.VBox([style(), heading, columns]).add_class("vdlab")
        self._run_button.on_click(lambda button: self._start())
        self._cancel_button.on_click(lambda button: self.cancel())
        self._pages.observe(lambda change: self._turn(), "selected_index")
        self._rate.observe(lambda change: self._draw(), "value")
        for card in self._cards[1:]:  # all but the video's
            card.write(Settings(Path()))

    def _set_controls(self, settings: Settings) -> None:
        """Set the controls without hearing each of them change."""
        self._quiet = True
        try:
            for card in self._cards:
                card.write(settings)
        finally:
            self._quiet = False

    def _apply(self, settings: Settings) -> None:
        """Choose all of `settings`, or nothing where the video cannot be opened."""
        if self._running:
            raise SettingsError("a sweep is running; cancel it before you choose something else")
        video = Video.open(settings.video, settings.seek_mode)
        cost = self._cost if self._video and video.path == self._video.path else calibrate(video)
        self._video, self._cost = video, cost
        self._set_controls(settings)
        self._refresh(video)

    def _choose_video(self, find: Callable[[], Path]) -> None:
        """Open the video that `find` returns; the one before stays where that goes wrong."""
        with errors_shown(self._message):
            if self._running:
                raise SettingsError("a sweep is running; cancel it before you choose another video")
            settings = self.settings
            try:
                path = find().absolute()
                self._apply(Settings(**{**vars(settings), "video": path}))
            except Exception as error:
                if self._video is None:
                    raise
                self._set_controls(settings)
                raise VDLabError(f"{friendly(error)}; still on {self._video.path.name}") from error

    def _changed(self) -> None:
        """A control has changed."""
        if self._quiet or self._video is None:
            return
        with errors_shown(self._message):
            self._video = self._video.seeking(self.settings.seek_mode)
            self._refresh(self._video)

    def _refresh(self, video: Video) -> None:
        """Say what follows from the choice: frames, memory, time; and whether it can be run."""
        self._quiet = True
        try:
            for card in self._cards:
                card.refresh(video, self.settings)
        finally:
            self._quiet = False
        try:
            plan = make_plan(video, **self.settings.asked())
        except VDLabError as error:
            self._says.value = text(error)
            self._run_button.disabled = True
            return
        self._says.value = time_needed(plan, estimate(plan, video, self._cost, self._measured))
        self._run_button.disabled = self._running

    def _start(self) -> None:
        """Start a sweep in the background, unless one is running."""
        with errors_shown(self._message):
            if self._running:
                raise SettingsError("a sweep is already running; it can be cancelled")
            if self._video is None:
                raise SettingsError("there is no video to measure; choose one")
            video = self._video
            plan = make_plan(video, **self.settings.asked())
            about = estimate(plan, video, self._cost, self._measured)
            self._running = True
            self._lock_controls(True)
            self._rate.options = [(f"{fps:g} fps", fps) for fps in plan.fps]
            self._rate.value = plan.fps[0]
            self._rate.layout.display = "flex" if len(plan.fps) > 1 else "none"
            self._capture = Capture({fps: sample(video, fps) for fps in plan.fps})
            self._bar.value, self._bar.bar_style = 0, ""
            inspect = self._capture.inspect

            def sweep(progress: Observer, cancel: threading.Event) -> Results:
                self._unsaved = ""
                try:
                    keeper = Keeper(new_folder(folder_for_results(), video.path))
                except VDLabError as error:
                    self._unsaved = str(error)
                    return measure(video, plan, [progress], cancel, inspect)

                def keep(progress: Progress) -> None:
                    keeper.keep(progress.results)
                    self._unsaved = keeper.lacking

                with keeper:
                    return measure(video, plan, [keep, progress], cancel, inspect)

            self._job = jobs.start(sweep, about, self._progressed, self._tick, self._ended)

    def _wait(self, job: Job) -> None:
        while not job.ended.is_set():
            try:
                job.ended.wait(0.2)
            except KeyboardInterrupt:
                self.cancel()

    def _progressed(self, progress: Progress) -> None:
        self.results = progress.results
        if monotonic() - self._drawn > DRAWING_PAUSE * self._draw_seconds:
            self._draw()

    def _tick(self, job: Job) -> None:
        done, words = jobs.status(job)
        self._bar.value = max(self._bar.value, round(1000 * done))
        self._status.value = text(words)

    def _ended(self, job: Job, failure: Exception | None) -> None:
        """The sweep is over: say how, and give the controls back."""
        if job.results is not None:
            self.results = job.results
            self._measured = [*self._measured[-4:], job.results]
        self._draw()
        self._running = False
        self._lock_controls(False)
        if self._video is not None:
            self._refresh(self._video)
        kept = "not saved" if self._unsaved else "saved"
        # Said last: who reads that it is done may press Run at once.
        if failure is not None or job.results is None:
            style, said = "danger", "stopped"
            show_message(self._message, friendly(failure) if failure else "")
        elif job.results.finished is None:
            style, said = "warning", f"cancelled: the {len(job.results.runs)} runs that ended are {kept}"
        else:
            took = monotonic() - job.clock.started
            style, said = "success", f"done: {len(job.results.runs)} runs in {took:.1f} s{outcome(job.results)}"
            self._bar.value = 1000
        if self._unsaved and job.results is not None:
            saves = "they are in this lab, until its kernel ends: `lab.results.save(...)` writes them elsewhere"
            style = "warning"
            show_message(self._message, f"Not all results are saved: {self._unsaved}; {saves}")
        self._bar.bar_style, self._status.value = style, said

    def _lock_controls(self, running: bool) -> None:
        """While a sweep runs, its settings stand still: nothing that is changed then could still count."""
        self._run_button.disabled = running
        self._cancel_button.disabled = not running
        (self._choices.add_class if running else self._choices.remove_class)("vdlab-locked")

    def _turn(self) -> None:
        """Someone has turned to another page."""
        self._tabs[self._pages.selected_index or 0].look()
        self._draw()

    def _rate_seen(self, results: Results) -> float:
        """The sampling rate that is looked at."""
        return self._rate.value if self._rate.value in results.plan.fps else results.plan.fps[0]

    def _refuse(self, run: Results) -> str:
        """Why an earlier run cannot be laid behind what is seen now."""
        if self.results is None:
            return ""
        if run.label == self.results.label:
            return f"{run.label} is the run that is seen now"
        return other_work(self.results, run, self._rate_seen(self.results))

    def _draw(self) -> None:
        """Draw the page that is looked at; the others are drawn when someone turns to them."""
        results = self.results
        if results is None or not results.runs:
            return
        with self._drawing:
            start = monotonic()
            fps = self._rate_seen(results)
            reasons = [(run, other_work(results, run, fps)) for run in self._behind()]
            behind = [run for run, reason in reasons if not reason]
            refused = [reason for _, reason in reasons if reason]
            tab = self._tabs[self._pages.selected_index or 0]
            try:
                tab.draw(View(results, fps, dict(self._capture.sheets), behind, refused))
            except Exception as error:
                show_message(self._message, f"{tab.title} cannot be drawn: {friendly(error)}")
            self._drawn, self._draw_seconds = monotonic(), monotonic() - start


def time_needed(plan: Plan, about: float) -> str:
    """How long a sweep takes: about, or at most; a limit that cannot be met is said to be too short."""
    if plan.budget_seconds is None:
        return f"will take about <b>{seconds(about)}</b>"
    if about > plan.budget_seconds:
        return f"will take about <b>{seconds(about)}</b>: the fewest rounds take longer than the time you allow"
    return f"will take at most <b>{seconds(about)}</b>"


def outcome(results: Results) -> str:
    """Whether a sweep that was to go on until everything is settled got there."""
    if results.plan.repeats != "auto":
        return ""
    rounds = max((run.round for run in results.runs if run.phase == "timed"), default=0)
    if all(settled(results, fps) for fps in results.plan.fps):
        return f", settled after {rounds} rounds"
    return f", {rounds} rounds did not settle everything"
