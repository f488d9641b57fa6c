"""What a trace tells in numbers and words: how long workers waited, and for which chunk the others waited."""

from collections.abc import Sequence
from statistics import mean

from vdlab.results.records import Results, Setting, Span, Trace

DECODING = ("seeking", "decoding")

TUTORIAL = "threads"
"""The strategy of TorchCodec's tutorial that others are compared with."""


def traces_at(results: Results, fps: float) -> list[Trace]:
    """The traces at a sampling rate, the fastest setting first; wrong settings, and those not timed, last."""
    measured = sorted(results.at(fps), key=lambda one: (not (one.right and one.timed), one.median if one.timed else 0))
    return [one.trace for one in measured if one.trace and one.trace.spans]


def trace_of(results: Results, setting: Setting) -> Trace | None:
    """The trace of a setting; None where it was not recorded."""
    return next((trace for trace in results.traces if trace.setting == setting and trace.spans), None)


def most_telling(results: Results, fps: float) -> Trace | None:
    """The trace to look at first: the fastest one in which several workers decoded, else the fastest.

    None where nothing was traced.
    """
    found = traces_at(results, fps)
    return next((trace for trace in found if len(decoders(trace)) > 1), found[0] if found else None)


def worth_comparing(results: Results, fps: float) -> list[Trace]:
    """The trace that says most, and that of the tutorial's threads whose number of workers is nearest to it."""
    first = most_telling(results, fps)
    if first is None:
        return []
    if first.setting.strategy == TUTORIAL:
        return [first]
    others = [trace for trace in traces_at(results, fps) if trace.setting.strategy == TUTORIAL]
    nearest = sorted(others, key=lambda trace: abs(trace.setting.workers - first.setting.workers))
    return [first, *nearest[:1]]


def workers(trace: Trace) -> dict[str, list[Span]]:
    """The spans of each worker by its name, in the order in which they began.

    Workers that decode are numbered from 1. Whoever only starts others and collects their frames is called `caller`.
    """
    spans: dict[int, list[Span]] = {}
    for span in trace.spans:
        spans.setdefault(span.worker, []).append(span)
    decoding = {number for number, own in spans.items() if any(span.doing in DECODING for span in own)} or set(spans)
    ranks = {number: rank for rank, number in enumerate(sorted(decoding), start=1)}
    rest = {number: rank for rank, number in enumerate(sorted(set(spans) - decoding), start=1)}
    names = {number: f"worker {rank}" for number, rank in ranks.items()}
    names |= {number: "caller" if len(rest) == 1 else f"caller {rank}" for number, rank in rest.items()}
    return {names[number]: spans[number] for number in [*ranks, *rest]}


def decoders(trace: Trace) -> dict[str, list[Span]]:
    """As `workers`, without those that do not decode."""
    return {name: spans for name, spans in workers(trace).items() if name.startswith("worker")}


def gaps(spans: Sequence[Span], seconds: float) -> list[tuple[float, float]]:
    """When a worker did nothing, from the beginning of a run of so many seconds to its end."""
    ends = [0.0, *(span.end for span in spans)]
    begins = [*(span.begin for span in spans), seconds]
    return [(end, begin) for end, begin in zip(ends, begins, strict=True) if begin > end]


def waiting_fraction(trace: Trace) -> float:
    """The fraction of the run in which those who decode did nothing, averaged over them: 0 to 1."""
    waited = [sum(end - begin for begin, end in gaps(spans, trace.seconds)) for spans in decoders(trace).values()]
    return mean(waited) / trace.seconds


def chunks(spans: Sequence[Span]) -> list[list[Span]]:
    """A worker's spans, cut where it opens another decoder after it has used one."""
    found: list[list[Span]] = [[]]
    for span in spans:
        if span.doing == "starting" and any(earlier.doing in DECODING for earlier in found[-1]):
            found.append([])
        found[-1].append(span)
    return found


def trace_in_words(trace: Trace) -> str:
    """How much of the time workers waited, and how the longest chunk compares with the average one."""
    named = decoders(trace)
    who = f"the {len(named)} workers" if len(named) > 1 else "the only worker"
    said = f"{trace.setting}: {who} waited {percent(waiting_fraction(trace))} of {trace.seconds:.2f} s"
    took = sorted(
        ((sum(span.end - span.begin for span in chunk), name) for name, own in named.items() for chunk in chunks(own)),
        reverse=True,
    )
    if len(took) < 2:
        return said
    (longest, name), average = took[0], mean(seconds for seconds, _ in took)
    more = longest / average - 1
    compared = f"{percent(more)} longer than the average one" if more >= 0.01 else "as long as the others"
    return f"{said}; the longest of {len(took)} chunks took {longest:.2f} s, by {name}, {compared}"


def percent(fraction: float) -> str:
    return f"{100 * fraction:.0f} %"
