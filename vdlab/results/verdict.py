"""A sweep in a sentence, and in a few more whether its frames are the right ones."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from vdlab.results.judgement import in_words, standing
from vdlab.results.records import Caution, Measurement, Results
from vdlab.results.wording import enumerated

NOISY = 2  # a factor, from which on a percentage would mock the reader
FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def verdict(results: Results) -> str:
    """Which strategy is fastest, by how much, and whether all return the same frames; a line a sampling rate."""
    return "\n".join(_verdicts(results)) or "nothing was measured"


def words_of_speed(results: Results, fps: float) -> list[str]:
    """Each strategy against sequential, and the fastest two, then what noise there was."""
    return [*in_words(standing(results, fps).judgements), *words_of_noise(results, fps)]


def words_of_noise(results: Results, fps: float) -> Iterator[str]:
    """By how much a setting differed from itself, and which rounds were repeated because others disturbed them."""
    measured = results.at(fps)
    noise = results.noise(fps)
    if noise:
        twins = f"{noise.setting}, entered twice, was {noise.ratio} as fast as itself"
        if noise.floor < NOISY:
            yield f"on this machine, now, {noise.floor - 1:.0%} is noise: {twins}"
        else:
            yield f"on this machine, now, noise hides whatever differs: {twins}; close other programs and run again"
    elif any(one.timed for one in measured):
        why = "the control has too few rounds" if results.plan.control else "no setting was entered twice"
        yield f"how much is noise on this machine is not known: {why}"
    hit = [run for one in measured for run in one.runs if run.phase == "disturbed"]
    if hit:
        rounds = sorted({run.round for run in hit})
        many = f"rounds {enumerated(rounds)} were" if len(rounds) > 1 else f"round {rounds[0]} was"
        most = max((run.others or 0.0 for run in hit), default=0.0)
        yield f"{many} repeated: other programs took up to {most:.1f} CPUs meanwhile"


class Warned(NamedTuple):
    """What several settings are cautioned of alike, in a sentence, and which; none where it concerns all."""

    sentence: str
    about: tuple[str, ...]


def words_of_cautions(cautions: Sequence[Caution], reader: Literal["command", "lab", "code"]) -> list[Warned]:
    """Each caution once, whatever settings it is about, with what to do where it is read: a field of `Remedy`.

    Where sentences differ in their figures only, the one that stands for all says from where to where these go.
    """
    alike: dict[tuple[str, str], list[Caution]] = {}
    for caution in cautions:
        alike.setdefault((caution.code, FIGURE.sub("", caution.what)), []).append(caution)
    found = []
    for group in alike.values():
        about = tuple(dict.fromkeys(caution.about for caution in group if caution.about))
        what = from_to([caution.what for caution in group])
        remedy = from_to([getattr(caution.remedy, reader) for caution in group])
        whose = f"{'each of ' * (len(about) > 1)}{enumerated(about)}: " if about else ""
        found.append(Warned(f"{whose}{what}{'; ' if remedy else ''}{remedy}", about))
    return found


def from_to(sentences: Sequence[str]) -> str:
    """Sentences that differ in their figures as one, with the least and the greatest of each."""
    columns = zip(*(FIGURE.findall(sentence) for sentence in sentences), strict=False)
    ordered = (sorted(set(column), key=lambda figure: float(figure.replace(",", ""))) for column in columns)
    figures = iter([" to ".join(dict.fromkeys([column[0], column[-1]])) for column in ordered])
    return FIGURE.sub(lambda found: next(figures, found[0]), sentences[0])


class Said(NamedTuple):
    """A sentence on the frames of a sampling rate, and whether it is good news."""

    sentence: str
    good: bool


def words_of_frames(results: Results, fps: float) -> list[Said]:
    """What frames were compared with, whether their times are those asked for, and what the truth says."""
    said = [Said(one.sentence, not one.because) for one in results.references if one.fps == fps]
    said += _words_of_times(results, fps)
    if results.collection:
        said.append(
            Said("the pixels of all videos were compared by hashes in the warm-ups, their times in every run", True)
        )
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
    for case in results.cases:
        rates = [rate for rate in case.plan.fps if case.at(rate)]
        for rate in rates:
            prefix = (f"at {rate:g} fps, " if len(rates) > 1 else "") + (f"where {case.case}, " if case.case else "")
            yield f"{prefix}{standing(case, rate).headline}; {_agreement(case.at(rate))}"


def _agreement(measured: Sequence[Measurement]) -> str:
    wrong = [one for one in measured if not one.right]
    count = len({one.setting.strategy for one in measured})
    if wrong:
        return "; ".join(f"{one.setting} {one.worst.verdict}" for one in wrong)
    if count == 1:
        return "only one strategy was run"
    close = sorted({one.setting.strategy for one in measured if one.worst.verdict == "close"})
    but = f", but for the colours of {', '.join(close)}" if close else ""
    what = "loaders" if measured[0].setting.frames else "strategies"
    return f"{'both' if count == 2 else f'all {count}'} {what} return identical frames{but}"
