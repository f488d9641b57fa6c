"""The steps of a sweep, as data: made from its plan before the first of them runs, and added to by `repeats="auto"`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean
from time import perf_counter
from typing import Literal

from vdlab.results.judgement import judgements
from vdlab.results.records import Plan, Results, Setting, baseline
from vdlab.strategies import find
from vdlab.video import Video

Kind = Literal["reference", "truth", "warmup", "timed", "trace", "memory"]

LOOKS = (3, 5, 8, 13, 21, 34, 55, 89)
"""With `repeats="auto"`, after how many rounds the verdicts are looked at.

To look after every round and stop at the first that pleases would call identical strategies different far too often.
So there are few looks, ever further from each other, and each interval is as wide as so many looks demand (group
sequential testing with Bonferroni's bound: Jennison and Turnbull, Group Sequential Methods, 2000, chapter 2).
"""

FRAMES_OF_TRUTH = 4_000
"""A few seconds of decoding: longer videos are checked from their beginning to here unless told otherwise."""


@dataclass(frozen=True)
class Step:
    """One step of a sweep: decode the reference, check it against the truth, or run a setting once.

    Attributes:
        kind: what it is; all but `reference` and `truth` are runs of a setting.
        setting: what is run; for those two, the sequential strategy at this step's sampling rate.
        round: 1, 2, 3 ... of its kind.
    """

    kind: Kind
    setting: Setting
    round: int = 1

    def __str__(self) -> str:
        match self.kind:
            case "reference":
                return "decoding the reference"
            case "truth":
                return "checking the reference against a decode without seeking"
            case "warmup":
                return f"{self.setting}, warming up"
            case "timed":
                return f"{self.setting}, round {self.round}"
            case "trace":
                return f"{self.setting}, recording its timeline"
            case "memory":
                return f"{self.setting}, watching its memory"


def steps_of(plan: Plan, video: Video) -> list[Step]:
    """For each sampling rate the reference, its check, then rounds in which every setting runs once.

    Runs that are traced or watched come last, so that no timed run feels them; a setting's two follow each other,
    so that the one leaves its workers warm for the other.
    """
    repeats = LOOKS[0] if plan.repeats == "auto" else plan.repeats
    looks: list[Kind] = []
    if plan.trace:
        looks.append("trace")
    if plan.memory:
        looks.append("memory")
    steps = []
    for fps in plan.fps:
        settings = settings_of(plan, fps)
        steps += [
            Step("reference", baseline(fps)),
            *([Step("truth", baseline(fps))] if frames_to_check(video, plan.truth) else []),
            *(Step("warmup", setting, number) for number in range(1, plan.warmup + 1) for setting in settings),
            *timed_rounds(settings, 1, repeats),
            *(Step(kind, setting) for setting in settings for kind in looks),
        ]
    return steps


def settings_of(plan: Plan, fps: float) -> list[Setting]:
    """What is measured at a sampling rate."""
    return [
        Setting(name, count, fps, threads)
        for name in plan.strategies
        for count in (plan.workers[name] if find(name).parallel else (1,))
        for threads in (plan.ffmpeg_threads if find(name).ffmpeg_threads else (1,))
    ]


def timed_rounds(settings: Sequence[Setting], first: int, last: int) -> list[Step]:
    """Every second round runs backwards: whoever goes before a setting, and leaves caches warm or cold, evens out."""
    return [
        Step("timed", setting, number)
        for number in range(first, last + 1)
        for setting in (settings if number % 2 else reversed(settings))
    ]


def frames_to_check(video: Video, truth: bool | int | None) -> int:
    """Up to which frame number a reference is held against the truth; 0 for not at all.

    | `truth`       | checked                                                                                   |
    |---------------|-------------------------------------------------------------------------------------------|
    | None          | nothing where the packets leave no doubt: there the times of frames show where they come  |
    |               | from. With a doubt, such as damage or contradicting timestamps, as with True              |
    | True          | the first frames, as many as take seconds                                                 |
    | a number      | up to this frame                                                                          |
    | False         | nothing                                                                                   |
    """
    if truth is None:
        truth = bool(video.index.doubt)
    return FRAMES_OF_TRUTH if truth is True else int(truth)


def settled(results: Results, fps: float) -> bool:
    """Whether nothing is unclear: each strategy against sequential, and the fastest against the runner-up."""
    return all(judgement.call != "unclear" for judgement in judgements(results, fps))


@dataclass
class Schedule:
    """The steps that are done and those that are to come, and how long they take.

    Attributes:
        plan: what they are made from.
        steps: all of them; with `repeats="auto"`, rounds are added until every verdict is settled or the time is spent.
        took: seconds that a kind of step took with a setting the last time.
        began: when the first step did, on the clock of `perf_counter`.
    """

    plan: Plan
    steps: list[Step]
    took: dict[tuple[Kind, Setting], float] = field(default_factory=dict)
    began: float = field(default_factory=perf_counter)

    def seconds_left(self, done: int) -> float | None:
        """About how long the steps after the first `done` take; at most so long with `repeats="auto"`."""
        left = self.estimate(self.steps[done:])
        if self.plan.budget_seconds and any(step.kind == "timed" for step in self.steps[done:]):
            return max(left or 0.0, self.plan.budget_seconds - (perf_counter() - self.began))
        return left

    def estimate(self, steps: Sequence[Step]) -> float | None:
        """Seconds that `steps` take, each as long as the like step took, or as the average step so far."""
        if not self.took:
            return None
        average = mean(self.took.values())

        def seconds(step: Step) -> float:
            alike: list[tuple[Kind, Setting]] = [(step.kind, step.setting), ("timed", step.setting)]
            alike.append(("warmup", step.setting))
            return next((self.took[one] for one in alike if one in self.took), average)

        return sum(map(seconds, steps))

    def ended(self, done: int, seconds: float, results: Results) -> None:
        """Step number `done`, counted from 0, took so long; more rounds are added where that tells they are needed."""
        step = self.steps[done]
        self.took[step.kind, step.setting] = seconds
        if self.plan.budget_seconds is None or step.kind != "timed":
            return
        later = [other for other in self.steps[done + 1 :] if other.setting.fps == step.setting.fps]
        if not any(other.kind == "timed" for other in later):
            rates_done = self.plan.fps.index(step.setting.fps) + 1
            budget = self.plan.budget_seconds * rates_done / len(self.plan.fps)
            left = budget - (perf_counter() - self.began) - (self.estimate(later) or 0.0)
            self.steps[done + 1 : done + 1] = self.further_rounds(results, step.setting.fps, left)

    def further_rounds(self, results: Results, fps: float, seconds_left: float) -> list[Step]:
        """The rounds to add once all of a sampling rate are done: up to the next look, or as many as fit.

        No step where the verdicts are settled, this was the last look, or not one round fits into the time. Rounds
        that end short of a look were all that fitted, so nothing comes after them.
        """
        timed = [step for step in self.steps if step.kind == "timed" and step.setting.fps == fps]
        rounds = max(step.round for step in timed)
        failed = {run.setting for run in results.runs if run.verdict == "failed"}
        settings = [step.setting for step in timed if step.round == 1 and step.setting not in failed]
        later = [look for look in LOOKS if look > rounds]
        if not later or rounds not in LOOKS or not settings or settled(results, fps):
            return []
        one_round = sum(self.took["timed", setting] for setting in settings)
        return timed_rounds(
            settings, rounds + 1, rounds + min(later[0] - rounds, max(0, int(seconds_left / one_round)))
        )
