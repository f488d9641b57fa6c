"""`repeats="auto"`: rounds are added until every verdict is settled, or the time is spent."""

from collections.abc import Mapping, Sequence

from vdlab.benchmark.plan import Step, rounds
from vdlab.errors import SettingsError
from vdlab.results.judgement import judgements
from vdlab.results.records import Results

# After how many rounds the verdicts are looked at. To look after every round and stop at the first that pleases
# would call identical strategies different far too often. So there are few looks, ever further apart, and each
# interval is as wide as so many looks demand (group sequential testing with Bonferroni's bound: Jennison and
# Turnbull, Group Sequential Methods, 2000, chapter 2).
LOOKS = (3, 5, 8, 13, 21, 34, 55, 89)


def first_rounds(repeats: int | str, budget_seconds: float) -> int:
    """How many timed rounds are planned beforehand: all of them, or up to the first look.

    Raises:
        SettingsError: `repeats` is a word other than "auto", or the budget is not above zero.
    """
    if isinstance(repeats, int):
        return repeats
    if repeats != "auto":
        raise SettingsError(f"repeats are {repeats!r}; ask for a number, or for auto")
    if not budget_seconds > 0:
        raise SettingsError(f"a budget of {budget_seconds:g} seconds is no time at all; ask for more than 0")
    return LOOKS[0]


def settled(results: Results, fps: float) -> bool:
    """Whether nothing is left to tell: each strategy against sequential, and the fastest against the runner-up."""
    return all(judgement.call != "unclear" for judgement in judgements(results, fps))


def further_steps(
    results: Results, steps: Sequence[Step], took: Mapping[tuple, float], seconds_left: float
) -> list[Step]:
    """The rounds to add once `steps`, all of one sampling rate, are done: up to the next look, or as many as fit.

    No step where the verdicts are settled, this was the last look, or not one round fits into the time. Rounds
    that end short of a look were all that fitted, so nothing comes after them.

    Args:
        took: how many seconds each (kind, setting) took the last time.
        seconds_left: of the budget.
    """
    done = max((step.round for step in steps if step.kind == "timed"), default=0)
    later = [look for look in LOOKS if look > done]
    failed = {run.setting for run in results.runs if run.verdict == "failed"}
    first = [step.setting for step in steps if step.kind == "timed" and step.round == 1]
    settings = [setting for setting in first if setting not in failed]
    if not later or done not in LOOKS or not settings or settled(results, settings[0].fps):
        return []
    one_round = sum(took["timed", setting] for setting in settings)
    return rounds(settings, done + 1, done + min(later[0] - done, max(0, int(seconds_left / one_round))))
