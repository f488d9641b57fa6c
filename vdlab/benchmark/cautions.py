"""What weakens a measurement, with what to do about it: a table of rules, held against what a sweep has seen."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Any, NamedTuple

import numpy as np
import psutil
from scipy.stats import kendalltau, theilslopes

from vdlab.machine.activity import Counters, hit
from vdlab.results.records import Caution, Condition, Measurement, Plan, Remedy, Results, Run, Setting

BUSY = 0.25  # of the CPUs allowed, taken by others before anything ran
HIT_RUNS = 0.1  # of the timed runs, with a neighbour and not repeated: more of them move medians
WIDE_SPREAD = 0.15  # (slowest - fastest) / median; of the middle half of the runs where there are enough to leave some
FEW_RUNS = 5  # too few of them to speak of a trend, or of one that does not belong
TREND_CHANCE = 0.02  # that runs in no order look as ordered
TREND_CHANGE = 0.1  # from the first round to the last
PLACES = 0.05  # by which those that go last in a round differ from those that go first
ENOUGH_RUNS = 20  # to compare the first and the last third of them
OUTLIER_SCORE = 3.5  # in standard deviations, which the median absolute deviation stands for
OUTLIER_DISTANCE = 0.2  # of the median: nearer to it, an outlier changes nothing that matters
THROTTLED = 0.01  # of the time that a setting's runs took
CLOCK_CHANGE = 0.15  # (fastest - slowest) / fastest


class Watched(NamedTuple):
    """A timed run, and what the machine counted before and after it."""

    run: Run
    before: Counters
    after: Counters


class Failure(NamedTuple):
    """That something besides times cannot be had, or trusted: of a setting, or of all where that is None.

    Attributes:
        code: `trace` for a timeline, `memory` for a peak, `no-memory` where this machine tells none,
            `late` where there was no time left.
        what: why, in words.
    """

    code: str
    setting: Setting | None
    what: str


@dataclass
class Seen:
    """What a sweep has seen besides the frames.

    Attributes:
        results: its runs.
        busy: how much of the CPUs allowed others took before the first run, 0 to 1.
        watched: every timed run that did not fail.
        failures: of runs that are not timed.
    """

    results: Results
    busy: float = 0.0
    watched: list[Watched] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


Found = Iterator[tuple[Setting | None, dict[str, Any]]]
"""Where a rule applies: to a setting, or to all where that is None; and the figures for its sentences."""


@dataclass(frozen=True)
class Rule:
    """When a reader is to be cautioned, and in which words; these name the figures that `when` yields.

    Attributes:
        code: of the cautions.
        when: finds them.
        says: what was found.
        remedy: what to do about it.
    """

    code: str
    when: Callable[[Seen], Found]
    says: str
    remedy: Remedy


def found(seen: Seen) -> list[Caution]:
    """Everything that weakens the numbers of a sweep, in the order of the rules."""
    return [
        Caution(
            rule.code,
            rule.says.format_map(figures),
            "" if setting is None else str(setting),
            Remedy(*(text.format_map(figures) for text in vars(rule.remedy).values())),
        )
        for rule in RULES
        for setting, figures in rule.when(seen)
    ]


def load_of_others(cpus: int, seconds: float = 0.5) -> float:
    """Watch the machine for `seconds` while nothing of ours runs: how busy are the `cpus` allowed, 0 to 1?"""
    return min(1.0, psutil.cpu_percent(interval=seconds) / 100 * (psutil.cpu_count() or 1) / cpus)


def busy(seen: Seen) -> Found:
    """Others took more than a quarter of the CPUs before the first run."""
    if seen.busy > BUSY:
        yield None, {"load": seen.busy}


def oversubscribed(seen: Seen) -> Found:
    """More workers than CPUs."""
    cpus = seen.results.machine.cpus_allowed
    above = sorted({run.setting.workers for run in seen.results.runs if run.setting.workers > cpus})
    if above:
        yield None, {"workers": ", ".join(map(str, above)), "cpus": cpus}


def neighbours(seen: Seen) -> Found:
    """Others used the CPUs during timed runs, and there was no quiet moment to repeat them in."""
    cpus = seen.results.machine.cpus_allowed
    timed = [run for one in seen.results.measurements for run in one.timed]
    others = [run.others for run in timed if run.others is not None and hit(run.others, run.seconds, cpus)]
    if len(others) > HIT_RUNS * len(timed):
        yield None, {"hit": len(others), "timed": len(timed), "others": statistics.fmean(others)}


def wide_spread(seen: Seen) -> Found:
    """A setting's runs are far from each other: the slowest and the fastest, or the quartiles of many."""
    for one in seen.results.measurements:
        if len(one.seconds) > 1:
            many = len(one.seconds) >= FEW_RUNS
            low, high = np.quantile(one.seconds, [0.25, 0.75] if many else [0, 1])
            if high - low > WIDE_SPREAD * one.median:
                which = "the middle half of its runs spreads" if many else "its runs spread"
                figures = {"which": which, "spread": (high - low) / one.median}
                yield one.setting, figures | longer(seen.results.plan, len(one.seconds))


def longer(plan: Plan, runs: int) -> dict[str, str]:
    """What to raise for more rounds than so many, for each reader."""
    if plan.budget_seconds is None:
        above = f"above {runs}"
        return {"command": f"--repeats {above}", "lab": f"Rounds {above}", "code": f"repeats {above}"}
    above = f"above {plan.budget_seconds:g}"
    return {"command": f"--budget {above}", "lab": f"At most {above} s", "code": f"budget_seconds {above}"}


class Deviation(NamedTuple):
    """By how much a timed run, or a control, was slower than its setting usually is.

    Attributes:
        place: in the order of its round, from 0 for the first to 1 for the last.
        log: the logarithm of its seconds / the setting's median.
    """

    place: float
    log: float


def deviations(results: Results) -> list[Deviation]:
    """Of all runs in rounds of several; a round's order is the one in which they began."""
    rounds: dict[tuple[Condition, int], list[tuple[float, float]]] = defaultdict(list)
    for one in results.measurements:
        for run in (*one.timed, *one.in_phase("control")):
            if run.seconds and one.timed:
                rounds[one.setting.condition, run.round].append((run.began, log(run.seconds / one.median)))
    return [
        Deviation(place / (len(runs) - 1), deviation)
        for runs in rounds.values()
        if len(runs) > 1
        for place, (_, deviation) in enumerate(sorted(runs))
    ]


def position(seen: Seen) -> Found:
    """Those that go last in a round are slower or faster than those that go first, whichever settings they are."""
    found = deviations(seen.results)
    if len(found) < ENOUGH_RUNS:
        return
    first, last = ([one.log for one in found if low <= one.place <= low + 1 / 3] for low in (0, 2 / 3))
    change = exp(statistics.median(last) - statistics.median(first)) - 1 if first and last else 0.0
    if abs(change) > PLACES and ordered([one.place for one in found], [one.log for one in found]):
        yield None, {"change": abs(change), "which": "slower" if change > 0 else "faster"}


def ordered(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether two things rise or fall together, by Kendall's rank correlation (Mann 1945)."""
    return bool(kendalltau(first, second).pvalue < TREND_CHANCE)


def drift(seen: Seen) -> Found:
    """A setting got steadily slower or faster from round to round, or the machine: most settings, and all alike."""
    changes = {one.setting: trend(one) for one in seen.results.measurements if len(one.timed) >= FEW_RUNS}
    found: dict[Setting | None, float] = {setting: change for setting, change in changes.items() if change}
    if len(found) > max(1, len(changes) / 2) and len({change > 0 for change in found.values()}) == 1:
        found = {None: statistics.median(found.values())}
    for setting, change in found.items():
        which = "slower" if change > 0 else "faster"
        yield setting, {"whose": "its" if setting else "most", "change": abs(change), "which": which}


def trend(one: Measurement) -> float:
    """By what fraction a setting's seconds change from the first round to the last; 0 where they only vary.

    The size is Theil and Sen's slope, which one odd round does not bend.
    """
    rounds = [run.round for run in one.timed]
    change = float(theilslopes(one.seconds, rounds).slope) * (rounds[-1] - rounds[0]) / one.median
    return change if abs(change) > TREND_CHANGE and ordered(rounds, one.seconds) else 0.0


def outliers(seen: Seen) -> Found:
    """Runs of a setting are far from all its others.

    Far is a modified z-score, 0.6745 |seconds - median| / MAD, above 3.5 (Iglewicz and Hoaglin, How to Detect and
    Handle Outliers, 1993), where MAD is the median absolute deviation, and a fifth of the median.
    """
    for one in seen.results.measurements:
        if len(one.timed) < FEW_RUNS:
            continue
        middle = one.median
        deviation = statistics.median(abs(seconds - middle) for seconds in one.seconds)
        far = max(OUTLIER_SCORE * deviation / 0.6745, OUTLIER_DISTANCE * middle)
        odd = [
            f"{seconds:.3g} s in round {run.round}"
            for run, seconds in zip(one.timed, one.seconds, strict=True)
            if abs(seconds - middle) > far
        ]
        if odd:
            yield one.setting, {"odd": ", ".join(odd), "usual": middle}


def throttled(seen: Seen) -> Found:
    """A CPU quota stopped a setting, as a container's limit does."""
    for setting, watched in by_setting(seen.watched).items():
        stopped = sum(
            one.after.throttled_seconds - one.before.throttled_seconds
            for one in watched
            if one.before.throttled_seconds is not None and one.after.throttled_seconds is not None
        )
        if stopped > THROTTLED * sum(one.run.seconds or 0 for one in watched):
            yield setting, {"stopped": stopped, "runs": len(watched)}


def swapping(seen: Seen) -> Found:
    """Memory was moved to or from the disk during a setting's runs."""
    for setting, watched in by_setting(seen.watched).items():
        moved = sum(one.after.swapped_bytes - one.before.swapped_bytes for one in watched)
        if moved > 0:
            yield setting, {"megabytes": moved / 1e6}


def clock_changes(seen: Seen) -> Found:
    """The CPU clock was not the same after all of a setting's runs; nothing is found where it is not told."""
    for setting, watched in by_setting(seen.watched).items():
        clocks = [one.after.megahertz / 1000 for one in watched if one.after.megahertz]
        if clocks and (max(clocks) - min(clocks)) / max(clocks) > CLOCK_CHANGE:
            yield setting, {"slowest": min(clocks), "fastest": max(clocks)}


def failures(code: str) -> Callable[[Seen], Found]:
    """What there is no timeline, or no memory peak, of."""

    def when(seen: Seen) -> Found:
        for failure in seen.failures:
            if failure.code == code:
                yield failure.setting, {"what": failure.what}

    return when


def by_setting(watched: Sequence[Watched]) -> dict[Setting, list[Watched]]:
    """What was watched, without the runs that failed."""
    found: dict[Setting, list[Watched]] = {}
    for one in watched:
        if one.run.seconds is not None:
            found.setdefault(one.run.setting, []).append(one)
    return found


def everywhere(text: str) -> Remedy:
    """What is done in the same way at the command line, in the lab and in code."""
    return Remedy(text, text, text)


REPEAT = everywhere("run it again")
COOL_DOWN = "let a hot machine cool down, and trust the ratios more than the seconds"

RULES = (
    Rule(
        "busy",
        busy,
        "the machine was {load:.0%} busy before the first run",
        everywhere("close other programs and run again, or trust the ratios more than the seconds"),
    ),
    Rule(
        "neighbours",
        neighbours,
        "others used {others:.1f} CPUs during {hit} of {timed} timed runs, and never rested for long; settings with "
        "several workers suffer most from it",
        everywhere("close other programs and run again"),
    ),
    Rule("trace", failures("trace"), "{what}", REPEAT),
    Rule("memory", failures("memory"), "{what}", REPEAT),
    Rule("using", failures("using"), "{what}", REPEAT),
    Rule(
        "late",
        failures("late"),
        "{what}",
        Remedy("raise --budget", "raise At most", "raise budget_seconds"),
    ),
    Rule("no-memory", failures("no-memory"), "no memory peaks: {what}", Remedy()),
    Rule(
        "oversubscribed",
        oversubscribed,
        "{workers} workers on {cpus} CPUs; more workers than CPUs rarely help",
        Remedy(
            "see whether --workers {cpus} does",
            "see whether {cpus} under Workers do",
            "see whether workers=[{cpus}] does",
        ),
    ),
    Rule(
        "spread",
        wide_spread,
        "{which} over {spread:.0%} of their median",
        Remedy(
            "close other programs or raise {command}",
            "close other programs or, under Measuring, set {lab}",
            "close other programs or raise {code}",
        ),
    ),
    Rule(
        "drift",
        drift,
        "{whose} runs became {change:.0%} {which} from the first round to the last",
        Remedy(
            f"raise --warmup until they level off, {COOL_DOWN}",
            f"raise Warm-ups under Measuring until they level off, {COOL_DOWN}",
            f"raise warmup until they level off, {COOL_DOWN}",
        ),
    ),
    Rule(
        "position",
        position,
        "runs in the last third of a round were {change:.0%} {which} than in its first; as every round has an order of "
        "its own, that adds noise and favours nobody",
        Remedy(COOL_DOWN, COOL_DOWN, COOL_DOWN),
    ),
    Rule(
        "outlier",
        outliers,
        "took {odd}, though {usual:.3g} s is usual; the median hardly feels it, the standard deviation does",
        everywhere("look for what else ran then, and run again"),
    ),
    Rule(
        "throttled",
        throttled,
        "the CPU quota stopped it for {stopped:.2g} s in {runs} runs",
        everywhere("use fewer workers or raise the container's CPU limit"),
    ),
    Rule(
        "swapping",
        swapping,
        "the machine swapped {megabytes:,.1f} MB during its runs, so they timed the disk too",
        everywhere("free memory, sample fewer frames or use fewer workers"),
    ),
    Rule(
        "clock",
        clock_changes,
        "the CPU clock was between {slowest:.1f} and {fastest:.1f} GHz",
        everywhere("plug the machine in, choose its performance mode or let it cool down"),
    ),
)
