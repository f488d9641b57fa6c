"""The steps of a sweep, as data: made from its plan before the first of them runs, and added to by `repeats="auto"`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import ceil, inf
from time import perf_counter
from typing import Any, Literal

from numpy.random import default_rng

from vdlab.loaders import LOADERS
from vdlab.machine.activity import hit
from vdlab.results.judgement import standing
from vdlab.results.records import Condition, Frames, Phase, Plan, Results, Setting, baseline
from vdlab.strategies import STRATEGIES
from vdlab.strategies.registry import Registry
from vdlab.video import Video

Kind = Literal["reference", "truth", "warmup", "timed", "control", "trace", "memory", "using"]

FEWEST = 3
"""Rounds with `repeats="auto"`, whatever the budget: fewer have hardly a spread."""

LOOKS = (5, 8, 13, 21, 34, 55, 89)
"""With `repeats="auto"`, after how many rounds the verdicts are looked at.

To look after every round and stop at the first that pleases would call identical strategies different far too often.
So there are few looks, ever further from each other, and each interval is as wide as so many looks demand (group
sequential testing with Bonferroni's bound: Jennison and Turnbull, Group Sequential Methods, 2000, chapter 2). Where
the budget ends a sweep, which knows nothing of verdicts, the last look has for itself what the looks to come would have
had (Lan and DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70(3), 1983).
"""

PATIENCE = 2.0
"""Seconds that may be spent on a neighbour in any sweep, before it has been seen whether waiting helps."""

FRAMES_OF_TRUTH = 4_000
"""A few seconds of decoding: longer videos are checked from their beginning to here unless told otherwise."""

ROUND: tuple[Kind, ...] = ("timed", "control")
"""What a round consists of."""


@dataclass(frozen=True)
class Step:
    """One step of a sweep: decode the reference, check it against the truth, or run a setting once.

    Attributes:
        kind: what it is; all but `reference` and `truth` are runs of a setting.
        setting: what is run; for those two, the sequential strategy at this step's sampling rate. Of a `control`, the
            setting that leads once that is known.
        round: 1, 2, 3 ... of its kind.
        until: of a run that is repeated because a neighbour hit it, until when a quiet moment is waited for, on the
            clock of `perf_counter`; None where it is not repeated.
    """

    kind: Kind
    setting: Setting
    round: int = 1
    until: float | None = None

    @property
    def within(self) -> tuple[Condition, bool, int] | None:
        """Which round it belongs to, a warm-up or not; None where to none."""
        timed = self.kind in ROUND
        return (self.setting.condition, timed, self.round) if timed or self.kind == "warmup" else None

    @property
    def _again(self) -> str:
        return "" if self.until is None else " again"

    def __str__(self) -> str:
        match self.kind:
            case "reference":
                return "decoding the reference"
            case "truth":
                return "checking the reference against a decode without seeking"
            case "warmup":
                return f"{self.setting}, warming up"
            case "timed":
                return f"{self.setting}, round {self.round}{self._again}"
            case "control":
                return f"{self.setting} for the second time, round {self.round}{self._again}"
            case "trace":
                return f"{self.setting}, recording its timeline"
            case "memory":
                return f"{self.setting}, watching its memory"
            case "using":
                return f"{self.setting}, for somebody who uses the frames"


def steps_of(plan: Plan, video: Video | None) -> list[Step]:
    """For each condition the reference, its check, then rounds in which every setting runs once, the leader twice.

    Runs that are traced or watched come last, so that no timed run feels them; a setting's two follow each other,
    so that the one leaves its workers warm for the other.
    """
    repeats = FEWEST if plan.repeats == "auto" else plan.repeats
    looks: list[Kind] = []
    if plan.trace:
        looks.append("trace")
    if plan.memory:
        looks.append("memory")
    if plan.using_seconds is not None:
        looks.append("using")
    steps = []
    for condition in conditions(plan):
        settings = settings_of(plan, *condition)
        steps += [
            Step("reference", baseline(*condition)),
            *([Step("truth", baseline(*condition))] if video and frames_to_check(video, plan.truth) else []),
            *(Step("warmup", setting, number) for number in range(1, plan.warmup + 1) for setting in settings),
            *(step for number in range(1, repeats + 1) for step in timed_round(plan, settings, number)),
            *(Step(kind, setting) for setting in settings for kind in looks),
        ]
    return steps


def conditions(plan: Plan) -> list[Condition]:
    """Under what settings are measured, in this order."""
    return [(fps, frames) for frames in plan.frames or ("",) for fps in plan.fps]


def share_ends(plan: Plan, condition: Condition) -> float:
    """So many seconds after a sweep has begun, its budget's share for a condition is over; infinite without one."""
    planned = conditions(plan)
    return (plan.budget_seconds or inf) * (planned.index(condition) + 1) / len(planned)


def settings_of(plan: Plan, fps: float, frames: Frames | Literal[""] = "") -> list[Setting]:
    """What is measured under a condition."""
    find = ways(plan.frames).find
    return [
        Setting(name, count, fps, threads, frames)
        for name in plan.strategies
        for count in (plan.workers[name] if find(name).parallel else (1,))
        for threads in (plan.ffmpeg_threads if find(name).ffmpeg_threads else (1,))
    ]


def ways(frames: Sequence[Frames]) -> Registry[Any]:
    """What is measured: strategies, or of a collection loaders."""
    return LOADERS if frames else STRATEGIES


def timed_round(plan: Plan, settings: Sequence[Setting], number: int, leader: Setting | None = None) -> list[Step]:
    """A round in an order of its own: whoever goes first, or after whom a setting goes, evens out over the rounds.

    Without warm-ups nobody knows who leads before the first round has ended, so that has no control.

    Args:
        leader: what the control is; sequential until that is known.
    """
    condition = settings[0].condition
    steps = [Step("timed", setting, number) for setting in settings]
    if plan.control and len(settings) > 1 and (number > 1 or plan.warmup):
        steps.append(Step("control", leader or baseline(*condition), number))
    order = default_rng((plan.seed, plan.fps.index(condition[0]), number)).permutation(len(steps))
    return [steps[place] for place in order]


def leading(results: Results, fps: float) -> Setting:
    """The setting that was fastest in the last warm-up, or without any in the first round; sequential if all failed.

    Chosen once, and by no time that the twins are compared in: else the one that was lucky would be compared with one
    that was not.
    """
    warmed = results.plan.warmup > 0
    took = {
        one.setting: run.seconds
        for one in results.at(fps)
        for run in one.in_phase("warmup" if warmed else "timed")
        if run.round == (results.plan.warmup or 1) and run.right and run.seconds
    }
    return min(took, key=lambda setting: took[setting], default=results.plan.baseline(fps))


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
    return all(judgement.call != "unclear" for judgement in standing(results, fps).judgements)


@dataclass
class Schedule:
    """The steps that are done and those that are to come, and how long they take.

    Attributes:
        plan: what they are made from.
        steps: all of them; with `repeats="auto"`, rounds are added until every verdict is settled or the time is spent,
            and runs that a neighbour hit are repeated at the end of their round.
        expected: how long a step may take, in seconds, for as long as none like it has been done; None where nobody
            knows.
        took: seconds that a kind of step took with a setting the last time.
        spent, extra: seconds that rounds took without and with repeating: the one and what came on top of it.
        looks: for how many looks the intervals of the results have to be wide enough, see `LOOKS`.
        repeated, repaired: how often something of a round was repeated, and how often none of it was hit again.
        began: when the first step did, on the clock of `perf_counter`.
    """

    plan: Plan
    steps: list[Step]
    expected: Callable[[Step], float] | None = None
    took: dict[tuple[Kind, Setting], float] = field(default_factory=dict)
    spent: float = 0.0
    extra: float = 0.0
    looks: int = 1
    repeated: int = 0
    repaired: int = 0
    began: float = field(default_factory=perf_counter)

    def seconds_left(self, done: int) -> float | None:
        """About how long the steps after the first `done` take; at most so long with `repeats="auto"`."""
        left = self.estimate(self.steps[done:])
        if self.plan.budget_seconds and any(step.kind == "timed" for step in self.steps[done:]):
            return max(left or 0.0, self.plan.budget_seconds - (perf_counter() - self.began))
        return left

    def estimate(self, steps: Sequence[Step]) -> float | None:
        """Seconds that `steps` take, each as long as the like step took, or as is expected after those that are done.

        What was expected of these and what they took also says how fast this machine is at the moment.
        """
        if not self.took and self.expected is None:
            return None
        expected = self.expected or (lambda step: 1.0)
        pace = sum(self.took.values()) / sum(expected(Step(*one)) for one in self.took) if self.took else 1.0

        def seconds(step: Step) -> float:
            cases = [step.setting, *(replace(step.setting, frames=frames) for frames in reversed(self.plan.frames))]
            kinds: list[Kind] = [step.kind, "timed", "warmup"]
            like = next((self.took[one] for one in product(kinds, cases) if one in self.took), None)
            return pace * expected(step) if like is None else like

        return sum(map(seconds, steps))

    def ended(self, done: int, seconds: float, results: Results) -> None:
        """Step number `done`, counted from 0, took so long; where a round ends with it, see what that asks for."""
        step = self.steps[done]
        if step.until is not None:
            self.extra += seconds
        else:
            self.took[step.kind, step.setting] = seconds
            self.spent += seconds if step.kind in ROUND else 0.0
        if step.within and step.within not in [following.within for following in self.steps[done + 1 : done + 2]]:
            self.round_ended(done, results)

    def round_ended(self, done: int, results: Results) -> None:
        """Repeat what a neighbour hit, say who leads once that is known, and add a round where one is needed."""
        step = self.steps[done]
        condition = fps, frames = step.setting.condition
        results = results.only(frames) if frames else results
        left, later = None, []
        if self.plan.budget_seconds is not None:
            later = [other for other in self.steps[done + 1 :] if other.setting.condition == condition]
            spent = perf_counter() - self.began
            left = share_ends(self.plan, condition) - spent - (self.estimate(later) or 0.0)
        if step.kind in ROUND:
            again = self.repeats(results, step, left)
            self.steps[done + 1 : done + 1] = again
            if again:
                return
        if step.round == (self.plan.warmup or 1) and (step.kind == "warmup") == bool(self.plan.warmup):
            first = leading(results, fps)
            self.steps[:] = [  # whoever goes through them meanwhile sees it
                replace(one, setting=first) if one.kind == "control" and one.setting.condition == condition else one
                for one in self.steps
            ]
        if left is not None and step.kind in ROUND and not any(other.within for other in later):
            self.steps[done + 1 : done + 1] = self.further_round(results, step, left)

    def repeats(self, results: Results, step: Step, left: float | None) -> list[Step]:
        """The runs of a step's round to do again, because others used the CPUs meanwhile; nothing else is looked at.

        Not the times: to repeat what took long would make every setting look faster than it is, and the noisy ones
        most. Of a round only the runs that were hit are repeated, at its end: a neighbour that comes and goes leaves
        few long rounds whole, and a run without it is as good as the others of its round whenever it is done. So all
        pairs of a round are still minutes apart at most, and both of them without a neighbour.

        All of them wait together for the neighbour to rest: each on its own would find it busy more often than not.
        Waiting and repeating may take as long as the rounds do, so that a sweep takes twice as long at most; and less
        the more often it was in vain, as it is where the neighbour never rests.

        Args:
            left: seconds of the budget; None where there is none.
        """
        cpus = results.machine.cpus_allowed
        kinds: dict[Phase, Kind] = {"timed": "timed", "control": "control"}
        hits = [
            run
            for one in results.at(step.setting.fps)
            for run in one.runs
            if run.phase in kinds and run.round == step.round and hit(run.others, run.seconds, cpus)
        ]
        if step.until is not None and not hits:
            self.repaired += 1
        patience = PATIENCE + self.spent * (1 + self.repaired) / (1 + self.repeated) - self.extra
        patience = min(patience, patience if left is None else left)
        if not hits or patience <= 0:
            return []
        self.repeated += 1
        order, until = sorted(hits, key=lambda run: run.began), perf_counter() + patience
        return [replace(step, kind=kinds[run.phase], setting=run.setting, until=until) for run in order]

    def further_round(self, results: Results, step: Step, left: float) -> list[Step]:
        """One more round; no step where the verdicts are settled, this was the last look, or it does not fit."""
        fps, frames = step.setting.condition
        if step.round >= LOOKS[-1] or (step.round in LOOKS and settled(results, fps)):
            self.looks = len(LOOKS)
            return []
        failed = {one.setting for one in results.at(fps) if one.worst.verdict == "failed"}
        settings = [setting for setting in settings_of(self.plan, fps, frames) if setting not in failed]
        controls = [one.setting for one in self.steps if one.kind == "control"]
        twins = [one for one in controls if one.condition == step.setting.condition]
        if not settings:
            return []
        further = timed_round(self.plan, settings, step.round + 1, twins[-1] if twins else None)
        if (self.estimate(further) or 0.0) <= left:
            return further
        earlier = sum(look < step.round for look in LOOKS)
        self.looks = max(self.looks, ceil(len(LOOKS) / (len(LOOKS) - earlier)))
        return []
