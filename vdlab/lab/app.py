"""The lab: choose, run, see."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isinf
from pathlib import Path
from time import monotonic
from typing import Any, Unpack

import ipywidgets as widgets
from IPython.display import display

from vdlab.benchmark.collection import chosen_of, measure_collection
from vdlab.benchmark.rounds import settled
from vdlab.benchmark.sweep import Observer, Progress, measure
from vdlab.clips import long_video
from vdlab.errors import SettingsError, VDLabError
from vdlab.lab import job as jobs
from vdlab.lab.controls import frames_card, measuring_card, sampling_card, ways_card, workers_card
from vdlab.lab.earlier import Earlier
from vdlab.lab.estimate import Cost, calibrate, estimate, expected
from vdlab.lab.export import export
from vdlab.lab.job import Job
from vdlab.lab.many import Many, opened
from vdlab.lab.markup import (
    block,
    errors_shown,
    friendly,
    one_of,
    progress_bar,
    seconds,
    show_message,
    style,
    text,
    unfolding,
)
from vdlab.lab.pictures import Capture
from vdlab.lab.settings import Choices, Settings, chosen, file, remember, remembered
from vdlab.lab.tabs import Tab, View, tabs
from vdlab.lab.trial import try_own_loaders, try_own_strategies
from vdlab.lab.video import video_card
from vdlab.loaders import LOADERS
from vdlab.results.compare import other_work
from vdlab.results.earlier import folder_for_results, new_folder
from vdlab.results.records import CASES, Plan, Results
from vdlab.results.store import Keeper
from vdlab.strategies import STRATEGIES
from vdlab.strategies.registry import Way
from vdlab.video import Video
from vdlab.video.sampling import sample

DEFAULT_REPEATS = 3
"""Of the embedded clip: enough to see differences, and measured within the usual budget on two CPUs."""

DRAWING_PAUSE = 3
"""Where runs take less time than a chart, drawing after every one would take most of the sweep's time."""


class Lab:
    """An application of widgets: the last value of a cell, or `display(lab)`.

    Every sweep is saved, whole after each of its runs, in a folder of its own: see `vdlab.results.earlier`.

    Attributes:
        results: everything measured by the last sweep, while it runs too, or of the earlier run that was opened; None
            before the first.
        settings: what is chosen; assign `{"fps": 5}`, or `dataclasses.replace(lab.settings, fps=(1, 5))`, to choose
            otherwise.
    """

    def __init__(self, video: str | Path | Video | None = None, **choices: Unpack[Choices]) -> None:
        """Open the lab on a video, or on a folder of them, with these settings and the usual ones beside them.

        Without arguments it opens as it was left, in this kernel or an earlier one, and the first time on the embedded
        clip, repeated.

        Args:
            choices: as at the command line, or as `vdlab.sweep` takes them.

        Raises:
            VideoError, SettingsError: the video, or what was chosen, cannot be used.
        """
        self.results: Results | None = None
        self._video: Video | Many | None = None
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
        if video is not None or choices:
            path = long_video(DEFAULT_REPEATS) if video is None else file(video)
            self._apply(chosen(Settings(path), choices))
        else:
            self._open_as_left()
        STRATEGIES.listeners.append(partial(self._joined, self._join_strategy))
        LOADERS.listeners.append(partial(self._joined, self._join_loader))

    @property
    def settings(self) -> Settings:
        """What is chosen."""
        return Settings(**{name: value for card in self._cards for name, value in card.read().items()})

    @settings.setter
    def settings(self, settings: Settings | Mapping[str, Any]) -> None:
        asked = settings if isinstance(settings, Mapping) else vars(settings)
        self._apply(chosen(self.settings, asked))
        show_message(self._message, "")

    def run(self, wait: bool = True) -> Results | None:
        """Run what is chosen, as pressing Run does.

        Interrupting the kernel while this waits cancels the sweep after the current run; doing so again leaves it to
        itself.

        Args:
            wait: return when the sweep has ended; else at once, and `lab.results` grows meanwhile.

        Returns:
            The results; cut short, what there was until then. None where it does not wait and there are none yet.

        Raises:
            SettingsError: it cannot be run as chosen, or another sweep is running.
            VDLabError: the sweep ended by an error: the lab says more.
        """
        job = self._start()
        if wait:
            self._wait(job)
            if job.failure is not None:
                raise job.failure
        return self.results

    def cancel(self) -> None:
        """End a running sweep after its current run; what was measured stays."""
        job = self._job if self._running else jobs.under_way()
        if job is not None:
            job.cancel.set()
            self._cancel_button.disabled = True
            self._tick(job)

    def show(self, results: Results, name: str = "") -> None:
        """Show earlier results on all pages.

        Raises:
            SettingsError: a sweep is running, and its results are shown.
        """
        if self._running:
            raise SettingsError("a sweep is running, and shown; cancel it, or wait until it has ended")
        self.results = results
        self._capture = Capture({})
        self._offer_views(results.plan)
        self._show_pages(results.collection is not None)
        self._progress.value = progress_bar(0, "")
        self._shown.value = f"<b>{text(name or results.video.name)}</b>, measured on {text(results.label)}"
        self._pages.selected_index = 0
        self._draw()

    def _ipython_display_(self) -> None:
        display(self.widget)

    def _build(self) -> None:
        """Make the widgets and wire them."""
        strategies, self._join_strategy = ways_card(self._changed, "strategies")
        loaders, self._join_loader = ways_card(self._changed, "loaders")
        self._cards = [
            video_card(self._choose_video),
            sampling_card(self._changed),
            strategies,
            loaders,
            frames_card(self._changed),
            workers_card(self._changed),
            measuring_card(self._changed),
        ]
        self._earlier = Earlier(self.show, self._draw)
        self._run_button = widgets.Button(description="Run", icon="play", button_style="primary")
        self._cancel_button = widgets.Button(description="Cancel", icon="stop", disabled=True)
        self._says = block(kind="estimate")
        self._progress = block(progress_bar(0, ""), "progress")
        self._message = block(kind="message")
        self._shown = block(kind="shown")
        self._rate = one_of((), "Look at", shown=False)
        self._case = one_of((), "Frames", shown=False)
        self._pages = widgets.Tab()
        further = [export(), self._earlier.tab]
        self._tabs = {False: [*tabs("video"), *further], True: [*tabs("collection"), *further]}
        self._many_shown: bool | None = None
        self._show_pages(many=False)
        usual = widgets.Button(description="Back to the usual settings", icon="undo")
        self._code = unfolding("These settings as code")
        more = widgets.VBox([self._code, usual]).add_class("vdlab-card")
        self._choices = widgets.VBox([*(card.widget for card in self._cards), more]).add_class("vdlab-choose")
        buttons = widgets.HBox([self._run_button, self._cancel_button, self._says]).add_class("vdlab-buttons")
        run = widgets.VBox([buttons, self._progress, self._message]).add_class("vdlab-card").add_class("vdlab-run")
        heads = widgets.HBox([self._shown, self._case, self._rate]).add_class("vdlab-heads")
        see = widgets.VBox([heads, self._pages]).add_class("vdlab-see")
        columns = widgets.HBox([self._choices, see]).add_class("vdlab-columns")
        heading = block("<h2>VDLab</h2><p>The fastest correct way to get these frames out of this video.</p>", "title")
        self.widget = widgets.VBox([style(), heading, run, columns]).add_class("vdlab")
        self._run_button.on_click(lambda button: self._press_run())
        self._cancel_button.on_click(lambda button: self.cancel())
        usual.on_click(lambda button: self._back_to_usual())
        self._pages.observe(lambda change: self._turn(), "selected_index")
        for choice in (self._rate, self._case):
            choice.observe(lambda change: self._draw(), "value")
        for card in self._cards[1:]:  # all but the video's
            card.write(Settings(Path()))

    def _open_as_left(self) -> None:
        """Choose what was chosen last; what is not there any more is said."""
        left = remembered()
        if left is not None:
            missing = [name for name in (*left.strategies, *left.loaders) if name not in (*STRATEGIES, *LOADERS)]
            there = {
                "strategies": tuple(name for name in left.strategies if name in STRATEGIES),
                "loaders": tuple(name for name in left.loaders if name in LOADERS),
            }
            with errors_shown(self._message):
                self._apply(Settings(**{**vars(left), **there}))
                if missing:
                    raise SettingsError(f"{', '.join(missing)} is left out until its cell has been run in this kernel")
        if self._video is None:
            said = self._message.value
            self._choose_video(lambda: long_video(DEFAULT_REPEATS))
            self._message.value = said or self._message.value

    def _back_to_usual(self) -> None:
        if self._video is not None:
            with errors_shown(self._message):
                self._apply(Settings(self._video.path))
                remember(self.settings)

    def _set_controls(self, settings: Settings) -> None:
        """Set the controls without hearing each of them change."""
        self._quiet = True
        try:
            for card in self._cards:
                card.write(settings)
        finally:
            self._quiet = False

    def _apply(self, settings: Settings) -> None:
        """Choose all of `settings`, or nothing where they cannot be used."""
        if self._running:
            raise SettingsError("a sweep is running; cancel it before you choose something else")
        video = opened(settings)
        settings.plan(video if isinstance(video, Video) else None)
        if isinstance(video, Video) and not (self._video and video.path == self._video.path):
            self._cost = calibrate(video)
        self._video = video
        self._set_controls(settings)
        if self.results is None:
            self._show_pages(settings.many)
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
            remember(self.settings)

    def _changed(self) -> None:
        """Someone has changed a control."""
        if self._quiet or self._video is None:
            return
        with errors_shown(self._message):
            if isinstance(self._video, Video):
                self._video = self._video.seeking(self.settings.seek_mode)
            self._refresh(self._video)
            remember(self.settings)

    def _joined(self, join: Callable[[Way[Any]], None], way: Way[Any]) -> None:
        """A strategy or a loader was defined in a cell: it is chosen, until someone says otherwise."""
        self._quiet = True
        try:
            join(way)
        finally:
            self._quiet = False
        if self._video is not None:
            self._refresh(self._video)

    def _refresh(self, video: Video | Many) -> None:
        """Say what follows from the choice: frames, memory, time; and whether it can be run."""
        settings = self.settings
        self._quiet = True
        try:
            for card in self._cards:
                card.widget.layout.display = "none" if card.of == ("video" if settings.many else "collection") else None
                card.refresh(video, settings)
        finally:
            self._quiet = False
        self._code.children[1].value = f'<pre class="vdlab-text" tabindex="0">{text(settings.code)}</pre>'
        try:
            plan = settings.plan(video if isinstance(video, Video) else None)
        except VDLabError as error:
            self._says.value = text(error)
            self._run_button.disabled = True
            return
        self._says.value = time_needed(plan, self._about(video, plan))
        self._run_button.disabled = self._running

    def _about(self, video: Video | Many, plan: Plan) -> float:
        """About how many seconds a sweep takes, or at most; of many videos, which nobody has opened, its limit."""
        if isinstance(video, Many):
            return plan.budget_seconds or float("inf")
        return estimate(plan, video, expected(video, plan, self._cost, self._measured))

    def _press_run(self) -> None:
        with errors_shown(self._message):
            self._start()

    def _start(self) -> Job:
        """Start a sweep in the background.

        Raises:
            SettingsError: it cannot be run as chosen, or another sweep is running.
        """
        if self._running:
            raise SettingsError("a sweep is already running; it can be cancelled")
        if other := jobs.under_way():
            self._cancel_button.disabled = False
            raise SettingsError(
                f"another lab of this kernel is measuring {other.what}: wait, or press Cancel here to end that"
            )
        if self._video is None:
            raise SettingsError("there is no video to measure; choose one")
        video = self._video
        plan = self.settings.plan(video if isinstance(video, Video) else None)
        about = self._about(video, plan)
        if isinf(about):
            about = Settings(video.path).budget_seconds  # until the first step says better
        self._running = True
        self._lock_controls(True)
        self._offer_views(plan)
        self._show_pages(isinstance(video, Many))
        self._capture = Capture({fps: sample(video, fps) for fps in plan.fps} if isinstance(video, Video) else {})
        self._shown.value = f"<b>{text(video.path.name)}</b>, being measured"
        self._says.value = ""  # the line below the bar says how long it takes from now on
        show_message(self._message, "")
        self._job = jobs.start(
            video.path.name, self._sweep_of(video, plan), about, self._progressed, self._tick, self._ended
        )
        return self._job

    def _sweep_of(self, video: Video | Many, plan: Plan) -> Callable[[Observer, threading.Event], Results]:
        """What the job does: try what is of one's own, then measure, and save after every run."""
        capture, cost, measured, sample = self._capture, self._cost, self._measured, self.settings.sample

        def run(observers: Sequence[Observer], cancel: threading.Event) -> Results:
            if isinstance(video, Many):
                seconds = plan.budget_seconds or Settings(video.path).budget_seconds
                wanted = [replace(one, fps=one.fps and plan.fps[0]) for one in video.wanted]
                chosen = chosen_of(wanted, str(video.path), plan, sample, seconds)
                try_own_loaders([one.wanted for one in chosen.looked if one.facts], plan)
                return measure_collection(chosen, plan, observers, cancel)
            return measure(video, plan, observers, cancel, capture.inspect, expected(video, plan, cost, measured))

        def sweep(progress: Observer, cancel: threading.Event) -> Results:
            self._unsaved = ""
            if isinstance(video, Video):
                try_own_strategies(video, plan)
            try:
                keeper = Keeper(new_folder(folder_for_results(), video.path))
            except VDLabError as error:
                self._unsaved = str(error)
                return run([progress], cancel)

            def keep(progress: Progress) -> None:
                keeper.keep(progress.results)
                self._unsaved = keeper.lacking

            with keeper:
                return run([keep, progress], cancel)

        return sweep

    def _offer_views(self, plan: Plan) -> None:
        """The sampling rates that can be looked at, and what becomes of the frames of many videos."""
        views: list[tuple[widgets.Dropdown, list[tuple[str, Any]]]] = [
            (self._rate, [(f"{fps:g} fps", fps) for fps in plan.fps]),
            (self._case, [(CASES[case], case) for case in plan.frames]),
        ]
        for choice, options in views:
            choice.options = options
            choice.value = options[0][1] if options else None
            choice.layout.display = None if len(options) > 1 else "none"

    def _show_pages(self, many: bool) -> None:
        """The pages on one video, or on many."""
        if self._many_shown is not many:
            self._many_shown, found = many, self._tabs[many]
            self._pages.children, self._pages.titles = [tab.widget for tab in found], [tab.title for tab in found]
            self._pages.selected_index = 0

    def _wait(self, job: Job) -> None:
        while not job.ended.is_set():
            try:
                job.ended.wait(0.2)
            except KeyboardInterrupt:
                if job.cancel.is_set():
                    raise
                self.cancel()

    def _progressed(self, progress: Progress) -> None:
        self.results = progress.results
        if monotonic() - self._drawn > DRAWING_PAUSE * self._draw_seconds:
            self._draw()

    def _tick(self, job: Job) -> None:
        if job is self._job:
            self._progress.value = progress_bar(*jobs.status(job))

    def _ended(self, job: Job) -> None:
        """The sweep is over: say how, and give the controls back."""
        self._running = False
        if job.results is not None:
            self.results = job.results
            self._measured = [*self._measured[-4:], job.results]
            cut = "" if job.results.finished else ", cut short"
            self._shown.value = f"<b>{text(job.what)}</b>, measured on {text(job.results.label)}{cut}"
        elif self.results is not None:  # an earlier sweep's, or what there was when an error ended this one
            self._shown.value = f"<b>{text(self.results.video.name)}</b>, measured on {text(self.results.label)}"
            self._show_pages(self.results.collection is not None)
        else:
            self._shown.value = ""
        self._draw()
        self._lock_controls(False)
        with errors_shown(self._message):  # the video may be gone
            if self._video is not None:
                self._refresh(self._video)
        # Said last: who reads that it is done may press Run at once.
        if self._unsaved and job.results is not None:
            saves = "they are in this lab, until its kernel ends: `lab.results.save(...)` writes them elsewhere"
            show_message(self._message, f"Not all results are saved: {self._unsaved}; {saves}")
        elif job.failure is not None:
            show_message(self._message, friendly(job.failure), getattr(job.failure, "stack", ""))
        self._progress.value = progress_bar(*outcome(job, self._unsaved), role="status")

    def _lock_controls(self, running: bool) -> None:
        """While a sweep runs, its settings stand still: nothing that is changed then could still count."""
        self._run_button.disabled = running
        self._cancel_button.disabled = not running
        (self._choices.add_class if running else self._choices.remove_class)("vdlab-locked")

    def _turn(self) -> None:
        """Someone has turned to another page."""
        self._page.look()
        self._draw()

    def _rate_seen(self, results: Results) -> float:
        """The sampling rate that is looked at."""
        return self._rate.value if self._rate.value in results.plan.fps else results.plan.fps[0]

    @property
    def _page(self) -> Tab:
        """The page that is looked at."""
        return self._tabs[bool(self._many_shown)][self._pages.selected_index or 0]

    def _draw(self) -> None:
        """Draw the page that is looked at; the others are drawn when someone turns to them."""
        results = self.results
        if results is None or self._many_shown is (results.collection is None):
            return
        with self._drawing:
            start = monotonic()
            fps = self._rate_seen(results)
            reasons = [
                (run, other_work(results, run, fps)) for run in self._earlier.behind() if run.label != results.label
            ]
            behind = [run for run, reason in reasons if not reason]
            refused = [reason for _, reason in reasons if reason]
            tab = self._page
            seen = results.only(self._case.value) if self._case.value in results.plan.frames else results
            if seen.plan.frames:
                behind = [run.only(seen.plan.frames[0]) for run in behind]
            try:
                tab.draw(View(seen, fps, dict(self._capture.sheets), behind, refused, self._running, results))
            except Exception as error:
                show_message(self._message, f"{tab.title} cannot be drawn: {friendly(error)}")
            self._drawn, self._draw_seconds = monotonic(), monotonic() - start


def time_needed(plan: Plan, about: float) -> str:
    """How long a sweep takes: about, or at most; a limit that cannot be met is said to be too short."""
    if isinf(about):
        return "how long it will take is known once it runs"
    if plan.budget_seconds is None:
        return f"will take about <b>{seconds(about)}</b>"
    if plan.frames:  # of videos that nobody has opened
        return f"will take about <b>{seconds(about)}</b>, or as long as the fewest rounds do"
    if about > plan.budget_seconds:
        return f"will take about <b>{seconds(about)}</b>: the fewest rounds take longer than the time you allow"
    return f"will take at most <b>{seconds(about)}</b>"


def outcome(job: Job, unsaved: str) -> tuple[float, str, str]:
    """How a sweep ended: how much of it was done, what is said of it, and whether that is good, poor or bad news."""
    saved = "not all of them saved" if unsaved else "saved"
    if job.results is None:
        done, how = (jobs.status(job)[0], "stopped by an error") if job.last else (0.0, "not started")
        return done, how, "bad"
    runs = count(job.results)
    if job.results.finished is None:
        kept = f"{runs} had ended, {saved}" if job.results.runs else "before any run had ended"
        return jobs.status(job)[0], f"cancelled: {kept}", "poor"
    failed = sum(1 for one in job.results.measurements if one.runs and one.worst.verdict == "failed")
    said = f"done: {runs} in {monotonic() - job.clock.started:.1f} s, {saved}{verdict_reached(job.results)}"
    return (
        1.0,
        f"{said}; {failed} of {len(job.results.measurements)} settings failed" if failed else said,
        ("poor" if failed or unsaved else "good"),
    )


def verdict_reached(results: Results) -> str:
    """Whether a sweep that was to go on until everything is settled got there."""
    if results.plan.repeats != "auto":
        return ""
    rounds = max((run.round for run in results.runs if run.phase == "timed"), default=0)
    if all(settled(case, fps) for case in results.cases for fps in results.plan.fps):
        return f", settled after {rounds} rounds"
    return f", {rounds} rounds did not settle everything"


def count(results: Results) -> str:
    """How many runs there are, in words."""
    return "1 run" if len(results.runs) == 1 else f"{len(results.runs)} runs"
