"""What does the steps of a sweep, whatever they are made from and whoever looks on; and what does those of a video."""

import threading
from abc import ABC, abstractmethod
from dataclasses import replace
from time import perf_counter

from torchcodec import FrameBatch

from vdlab.benchmark.cautions import Failure, Seen, Watched, load_of_others
from vdlab.benchmark.correctness import difference
from vdlab.benchmark.reference import LINEAR, check_truth, decode_reference, linear_reference
from vdlab.benchmark.rounds import Step, conditions, frames_to_check, settings_of
from vdlab.benchmark.run import peak_once, reason, run_once, trace_once
from vdlab.errors import MachineError
from vdlab.machine.activity import counters, quiet_until
from vdlab.notes import collected
from vdlab.results.records import Peak, Results, Run, Setting
from vdlab.video import Video
from vdlab.video.sampling import sample

Ran = tuple[Run, FrameBatch, FrameBatch]
"""A run with its frames and the reference's."""


class Runner(ABC):
    """Does one step after another, and adds what it finds to the results.

    A setting that failed is not run again, and none is run without a reference: nothing could be checked.

    Attributes:
        results: what has been found so far.
        seen: what weakens the numbers, as far as it has been seen.
        began: when the sweep did, on the clock of `perf_counter`.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.seen = Seen(results, load_of_others(results.machine.cpus_allowed))
        self.began = perf_counter()
        planned = (setting for one in conditions(results.plan) for setting in settings_of(results.plan, *one))
        self._places = {setting: place for place, setting in enumerate(planned)}
        self._given_up: set[Setting] = set()
        self._no_memory = False

    @abstractmethod
    def reference(self, fps: float) -> None:
        """Decode what runs are compared with."""

    @property
    @abstractmethod
    def referenced(self) -> bool:
        """Whether there is a reference."""

    @abstractmethod
    def once(self, step: Step, began: float) -> tuple[Run, Ran | None]:
        """Run a setting once, timed, so many seconds after the sweep began."""

    @abstractmethod
    def look(self, step: Step) -> None:
        """A step that is neither a run to be timed nor one whose memory is watched."""

    @abstractmethod
    def peak(self, step: Step) -> Peak:
        """Run a setting once and watch its memory."""

    def skips(self, step: Step) -> bool:
        """Whether a step is not done: what failed is given up, and without a reference nothing can be compared."""
        return step.kind != "reference" and (not self.referenced or step.setting in self._given_up)

    def do(self, step: Step, cancel: threading.Event) -> Ran | None:
        """Do a step that is not skipped; returns what it ran where that gave frames to compare.

        Args:
            cancel: once set, no quiet moment is waited for; a run that has begun is finished.
        """
        if step.kind == "reference":
            self.reference(step.setting.fps)
        elif step.within:
            return self._run(step, cancel)
        elif step.kind == "memory":
            self._watch_memory(step)
        else:
            self.look(step)
        return None

    def _run(self, step: Step, cancel: threading.Event) -> Ran | None:
        if step.until is not None and not quiet_until(step.until, self.results.machine.cpus_allowed, cancel):
            return None
        before = counters()
        run, ran = self.once(step, perf_counter() - self.began)
        runs = self.results.of(step.setting).runs
        if step.until is not None:
            runs[:] = [
                replace(one, phase="disturbed") if (one.phase, one.round) == (step.kind, step.round) else one
                for one in runs
            ]
        runs.append(run)
        # As planned, not as the order of the first round happened to be: tables and charts list them so.
        self.results.measurements.sort(key=lambda one: self._places.get(one.setting, -1))
        if step.kind == "timed":
            self.seen.watched.append(Watched(run, before, counters()))
        if run.verdict == "failed":
            self._given_up.add(step.setting)
        return ran

    def _watch_memory(self, step: Step) -> None:
        setting = step.setting
        if self._no_memory:
            return
        try:
            with collected():
                self.results.of(setting).peak = self.peak(step)
        except MachineError as error:
            self._no_memory = True
            self.seen.failures.append(Failure("no-memory", None, str(error)))
        except (Exception, SystemExit) as error:
            what = f"has no memory peak, because the run that was watched failed: {reason(error)}"
            self.seen.failures.append(Failure("memory", setting, what))


class VideoRunner(Runner):
    """Runs strategies on one video.

    Only one reference is in memory at a time, beside the frames of the run that is compared with it.

    Attributes:
        indices: the sampled frames, by rate.
    """

    def __init__(self, video: Video, results: Results) -> None:
        self.indices = {fps: sample(video, fps) for fps in results.plan.fps}
        super().__init__(results)
        self._video = video
        self._reference: FrameBatch | None = None
        self._traced: Setting | None = None  # in the step before, if that went well

    @property
    def referenced(self) -> bool:
        """Whether some strategy gives a reference."""
        return self._reference is not None

    def look(self, step: Step) -> None:
        """Hold the reference against the truth, or record a timeline."""
        assert self._reference is not None  # or nothing was run
        if step.kind == "truth":
            self._check_truth(step.setting.fps, self._reference)
        else:
            self._trace(step, self._reference)

    def reference(self, fps: float) -> None:
        """Decode the reference of a sampling rate; the failure of the last way to do that is a run."""
        self._reference = None  # give the last rate's memory back before the next one's is taken
        began = perf_counter() - self.began
        found, self._reference, run = decode_reference(self._video, self.indices[fps], fps)
        self.results.references.append(found)
        if self._reference is None:
            self.results.of(run.setting).runs.append(replace(run, began=began))

    def _check_truth(self, fps: float, reference: FrameBatch) -> None:
        """Where the reference is wrong, and frames decoded without seeking can be had, those replace it."""
        used, indices = self.results.references[-1], self.indices[fps]
        if used.strategy == LINEAR:
            return
        until = frames_to_check(self._video, self.results.plan.truth)
        truth = check_truth(self._video, indices, used, reference, until)
        self.results.truths.append(truth)
        if truth.wrong:
            because = (
                f"{truth.wrong} of the frames of sequential with {used.seek_mode} seeking that were checked are not "
                "those of a decode without seeking"
            )
            better, frames, _ = linear_reference(self._video, indices, fps, because)
            if frames is not None:
                self.results.references[-1], self._reference = better, frames

    def once(self, step: Step, began: float) -> tuple[Run, Ran | None]:
        """Run a strategy once."""
        assert self._reference is not None  # or nothing was run
        setting = step.setting
        indices, measurement = self.indices[setting.fps], self.results.of(setting)
        run, frames = run_once(step, self._video, indices, self._reference, began)
        if frames is None:
            return run, None
        # One of a strategy is enough: with other numbers of workers it goes wrong alike.
        if self.results.difference(setting.strategy, setting.fps) is None:
            measurement.difference = difference(run, frames, self._reference, indices)
        return run, (run, frames, self._reference)

    def _trace(self, step: Step, reference: FrameBatch) -> None:
        setting = step.setting
        try:
            trace, differs = trace_once(step, self._video, self.indices[setting.fps], reference)
        except (Exception, SystemExit) as error:
            what = f"has no timeline, because the run that recorded it failed: {reason(error)}"
            self.seen.failures.append(Failure("trace", setting, what))
            return
        self._traced = setting
        measurement = self.results.of(setting)
        measurement.trace = trace
        if differs and measurement.worst.verdict != "differs":
            # Recording, or chance, changed what it returns: no other run of it differed.
            self.seen.failures.append(Failure("trace", setting, f"the run that recorded its timeline {differs}"))

    def peak(self, step: Step) -> Peak:
        """Run a warm strategy once and watch its memory."""
        return peak_once(step, self._video, self.indices[step.setting.fps], just_ran=self._traced == step.setting)
