"""What the laws of scaling say of a strategy, in sentences."""

from itertools import islice
from math import isinf
from typing import TYPE_CHECKING

from vdlab.results.wording import enumerated

if TYPE_CHECKING:
    from vdlab.results.scaling import Estimate, Fit, Scaling

FORETOLD = (8, 16, 64)
ENOUGH = 3  # worker counts above 1, for the law with the most parameters
AMDAHL, USL = "Amdahl's law", "the Universal Scalability Law"


def laws_in_words(found: "Scaling", cpus: int) -> list[str]:
    """How much cannot be shared, the best number of workers, what more would bring; and which laws say nothing, why.

    Args:
        found: what the speedups of one strategy say.
        cpus: how many it could use. Where more workers were timed than that, what is foretold holds for them alone.
    """
    from vdlab.results.scaling import predict

    if reason := unexplained(found, cpus):
        return [reason]
    lines = []
    shared = max(found.speedups) > cpus
    if (fit := trusted(found)) is not None:
        lines.append(losses(found, f" on these {cpus} CPUs" if shared else ""))
        if fit.law.name == "usl":
            lines.append(turning(fit))
        expected = enumerated([f"{spoken(predict(fit, count), 'x', '.1f')} with {count}" for count in FORETOLD])
        law = USL if fit.law.name == "usl" else AMDAHL
        lines.append(f"Expect {expected} {f'workers on these {cpus} CPUs' if shared else 'CPUs'}, by {law}")
        if shared:
            lines.append("What more CPUs would bring cannot be told: some of the workers shared one")
    return lines + [fit.reason[0].upper() + fit.reason[1:] for fit in found.fits.values() if not fit.holds]


def unexplained(found: "Scaling", cpus: int) -> str:
    """Why no law was fitted, and what to measure so that one is; empty where one was."""
    if any(fit.parameters for fit in found.fits.values()):
        return ""
    counts = sorted(found.speedups)
    further = (count for count in range(1, max(counts, default=1) + ENOUGH + 1) if count not in counts)
    enough = sorted([*counts, *islice(further, ENOUGH + 1 - len(counts))])
    where = f", best where there are as many CPUs (here {cpus})" if enough[-1] > cpus else ""
    if counts:
        timed = f"with {enumerated(counts)} {'worker' if counts == [1] else 'workers'} only, too few for a law"
    else:
        timed = "with one worker and with several"
    return f"{found.strategy} was {'' if counts else 'not '}timed {timed}: measure {enumerated(enough)} workers{where}"


def trusted(found: "Scaling") -> "Fit | None":
    """The law that predictions come from: the one with a peak, or Amdahl's; None where neither holds."""
    return next((found.fits[name] for name in ("usl", "amdahl") if name in found.fits and found.fits[name].holds), None)


def losses(found: "Scaling", here: str) -> str:
    """How much of the work or of the time is lost, by the simplest law that holds."""
    if found.fits["amdahl"].holds:
        serial = found.fits["amdahl"].parameters["serial"]
        return f"{found.strategy} scales{here} as if {percent(serial)} of its work could not be shared, by {AMDAHL}"
    contention, coherency = found.fits["usl"].parameters.values()
    return (
        f"{found.strategy} scales{here} as if each further worker added {percent(contention)} of waiting for what all "
        f"share, and each pair of workers {percent(coherency)} of agreeing, by {USL}"
    )


def turning(fit: "Fit") -> str:
    """The best number of workers."""
    from vdlab.results.scaling import best_workers

    best = best_workers(fit)
    if isinf(best.value):
        return "No best number of workers is in sight: the curve flattens but does not turn"
    return f"Fastest with {spoken(best, '', '.0f')} workers, by {USL}"


def spoken(estimate: "Estimate", unit: str, form: str = ".2g") -> str:
    """A value with its interval, the infinite end in words."""
    high = "any" if isinf(estimate.high) else f"{estimate.high:{form}}"
    return f"{estimate.value:{form}}{unit} [{estimate.low:{form}}, {high}]"


def percent(estimate: "Estimate") -> str:
    """A percentage with its interval, small ones with a decimal."""
    form = ".0%" if estimate.value >= 0.1 else ".1%"
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"
