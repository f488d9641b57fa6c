"""A sweep in a sentence, and in a few more whether its frames are the right ones."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vdlab.results.judgement import judgements, right_and_timed
from vdlab.results.records import REFERENCE, Measurement, Results
from vdlab.results.wording import enumerated


def verdict(results: Results) -> str:
    """Which strategy is fastest, by how much, and whether all return the same frames; a line a sampling rate."""
    return "\n".join(_verdicts(results)) or "nothing was measured"


def fastest(results: Results, fps: float) -> Measurement | None:
    """The setting with the smallest median of those that returned the reference's frames; None if there is none."""
    return next(iter(right_and_timed(results, fps)), None)


def comparisons(results: Results) -> list[str]:
    """A sentence for each strategy against sequential and for the fastest two, a sampling rate after the other."""
    rates = results.plan.fps
    return [
        f"at {rate:g} fps, {judgement}" if len(rates) > 1 else str(judgement)
        for rate in rates
        for judgement in judgements(results, rate)
    ]


class Said(NamedTuple):
    """A sentence on the frames of a sampling rate, and whether it is good news."""

    sentence: str
    good: bool


def words_of_frames(results: Results, fps: float) -> list[Said]:
    """What frames were compared with, whether their times are those asked for, and what the truth says."""
    said = [Said(one.sentence, not one.because) for one in results.references if one.fps == fps]
    said += _words_of_times(results, fps)
    return said + [Said(truth.sentence, truth.right) for truth in results.truths if truth.fps == fps]


def _words_of_times(results: Results, fps: float) -> list[Said]:
    runs = [run for run in results.runs if run.setting.fps == fps and run.times_checked is not None]
    checked = {str(run.setting): run.times_checked for run in runs if run.times_checked}
    if not runs:
        return []
    if not checked:
        return [Said("no frame could be held against the time it should be shown at", False)]
    wrong = list(dict.fromkeys(str(run.setting) for run in runs if run.wrong_times))
    frames = f"all {max(checked.values()):,} frames carry the times of the frames asked for"
    without = sorted({run.setting.strategy for run in runs if not run.times_checked})
    silent = f"; {enumerated(without)} give{'s' * (len(without) == 1)} no times" if without else ""
    if not wrong:
        return [Said(f"{frames}{', whoever decoded them' if len(checked) > 1 else ''}{silent}", True)]
    if len(wrong) == len(checked):
        return [Said(f"frames from the wrong place in every setting{silent}", False)]
    return [Said(f"{frames}, but for those of {enumerated(wrong)}{silent}", False)]


def _verdicts(results: Results) -> Iterator[str]:
    rates = [rate for rate in results.plan.fps if results.at(rate)]
    for rate in rates:
        prefix = f"at {rate:g} fps, " if len(rates) > 1 else ""
        yield f"{prefix}{_speed(results, rate)}; {_agreement(results.at(rate))}"


def _speed(results: Results, rate: float) -> str:
    best = fastest(results, rate)
    if best is None:
        return "no strategy was timed"
    if best.setting.strategy == REFERENCE:
        others = any(one.timed for one in results.at(rate) if one is not best)
        return "nothing was faster than sequential" if others else "only sequential was timed"
    speedup = results.speedup(best)
    if speedup is None:
        return f"{best.setting} was the fastest; without a sequential time there is no speedup"
    factor = f"{speedup.value:.2f}x"
    if speedup.low is None:
        return f"{best.setting} is {factor} as fast as sequential, from one round only"
    return f"{best.setting} is {factor} [{speedup.low:.2f}, {speedup.high:.2f}] as fast as sequential"


def _agreement(measured: Sequence[Measurement]) -> str:
    wrong = [one for one in measured if not one.right]
    count = len({one.setting.strategy for one in measured})
    if wrong:
        return "; ".join(f"{one.setting} {one.worst.verdict}" for one in wrong)
    if count == 1:
        return "only one strategy was run"
    close = sorted({one.setting.strategy for one in measured if one.worst.verdict == "close"})
    but = f", but for the colours of {', '.join(close)}" if close else ""
    return f"all {count} strategies return identical frames{but}"
