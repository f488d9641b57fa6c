"""What does the steps of a sweep, whatever they are made from and whoever looks on."""

from dataclasses import replace
from time import perf_counter

from torchcodec import FrameBatch

from vdlab.benchmark.cautions import Failure, Seen, Watched, load_of_others
from vdlab.benchmark.reference import LINEAR, check_truth, decode_reference, linear_reference
from vdlab.benchmark.rounds import Step, frames_to_check
from vdlab.benchmark.run import peak_once, reason, run_once, trace_once
from vdlab.errors import MachineError
from vdlab.machine.activity import counters
from vdlab.notes import collected
from vdlab.results.records import Results, Run, Setting
from vdlab.video import Video
from vdlab.video.sampling import sample

Ran = tuple[Run, FrameBatch, FrameBatch]
"""A run with its frames and the reference's."""


class Runner:
    """Does one step after another, and adds what it finds to the results.

    Only one reference is in memory at a time, beside the frames of the run that is compared with it. A setting
    that failed is not run again, and none is run where no strategy gives a reference: nothing could be checked.

    Attributes:
        indices: the sampled frames, by rate.
        seen: what weakens the numbers, as far as it has been seen.
    """

    def __init__(self, video: Video, results: Results) -> None:
        self.indices = {fps: sample(video, fps) for fps in results.plan.fps}
        self.seen = Seen(results, load_of_others(results.machine.cpus_allowed))
        self._video, self._results = video, results
        self._reference: FrameBatch | None = None
        self._given_up: set[Setting] = set()
        self._no_memory = False
        self._traced: Setting | None = None  # in the step before, if that went well
        self._began = perf_counter()

    def do(self, step: Step) -> Ran | None:
        """Do a step; returns what it ran where that gave frames to compare."""
        if step.kind == "reference":
            self._decode_reference(step.setting.fps)
        elif self._reference is None or step.setting in self._given_up:
            return None
        elif step.kind == "truth":
            self._check_truth(step.setting.fps, self._reference)
        elif step.kind == "trace":
            self._trace(step, self._reference)
        elif step.kind == "memory":
            self._watch_memory(step)
        else:
            return self._run(step, self._reference)
        return None

    def _decode_reference(self, fps: float) -> None:
        self._reference = None  # give the last rate's memory back before the next one's is taken
        began = perf_counter() - self._began
        found, self._reference, run = decode_reference(self._video, self.indices[fps], fps)
        self._results.references.append(found)
        if self._reference is None:
            self._results.of(run.setting).runs.append(replace(run, began=began))

    def _check_truth(self, fps: float, reference: FrameBatch) -> None:
        """Where the reference is wrong, and frames decoded without seeking can be had, those replace it."""
        used, indices = self._results.references[-1], self.indices[fps]
        if used.strategy == LINEAR:
            return
        until = frames_to_check(self._video, self._results.plan.truth)
        truth = check_truth(self._video, indices, used, reference, until)
        self._results.truths.append(truth)
        if truth.wrong:
            because = (
                f"{truth.wrong} of the frames of sequential with {used.seek_mode} seeking that were checked are not "
                "those of a decode without seeking"
            )
            better, frames, _ = linear_reference(self._video, indices, fps, because)
            if frames is not None:
                self._results.references[-1], self._reference = better, frames

    def _run(self, step: Step, reference: FrameBatch) -> Ran | None:
        before, began = counters(), perf_counter() - self._began
        run, frames = run_once(step, self._video, self.indices[step.setting.fps], reference, began)
        self._results.of(step.setting).runs.append(run)
        if step.kind == "timed":
            self.seen.watched.append(Watched(run, before, counters()))
        if frames is None:
            self._given_up.add(step.setting)
            return None
        return run, frames, reference

    def _trace(self, step: Step, reference: FrameBatch) -> None:
        setting = step.setting
        try:
            trace, difference = trace_once(step, self._video, self.indices[setting.fps], reference)
        except (Exception, SystemExit) as error:
            what = f"has no timeline, because the run that recorded it failed: {reason(error)}"
            self.seen.failures.append(Failure("trace", setting, what))
            return
        self._traced = setting
        measurement = self._results.of(setting)
        measurement.trace = trace
        if difference and measurement.worst.verdict != "differs":
            # Recording, or chance, changed what it returns: no other run of it differed.
            self.seen.failures.append(Failure("trace", setting, f"the run that recorded its timeline {difference}"))

    def _watch_memory(self, step: Step) -> None:
        setting = step.setting
        if self._no_memory:
            return
        try:
            with collected():
                peak = peak_once(step, self._video, self.indices[setting.fps], just_ran=self._traced == setting)
            self._results.of(setting).peak = peak
        except MachineError as error:
            self._no_memory = True
            self.seen.failures.append(Failure("no-memory", None, str(error)))
        except (Exception, SystemExit) as error:
            what = f"has no memory peak, because the run that was watched failed: {reason(error)}"
            self.seen.failures.append(Failure("memory", setting, what))
