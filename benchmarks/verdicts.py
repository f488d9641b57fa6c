"""Do verdicts hold? The same sweep forty times, alone and beside a neighbour that takes a CPU on and off.

`python benchmarks/verdicts.py` takes twenty minutes: 2 x 40 sweeps of 14 seconds. It counts how often they contradict
each other, call a strategy different from its twin, and find a slowdown that was planted; README.md says more. Exit
status 1 where a goal is missed.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vdlab import clips
from vdlab.benchmark.sweep import sweep
from vdlab.results.judgement import judge, right_and_timed, standing
from vdlab.results.records import Results
from vdlab.strategies import find, strategy
from vdlab.video import Video

if TYPE_CHECKING:
    from torchcodec import FrameBatch

FPS = 5
STRATEGIES = ("twin", "tenth", "fiftieth", "threads", "ffmpeg-threads")
CONDITIONS = ("alone", "neighbour")

NEIGHBOUR = """
import random, time
draw = random.Random(0)
while True:
    end = time.perf_counter() + draw.uniform(0.5, 2.5)
    while time.perf_counter() < end:
        pass
    time.sleep(draw.uniform(0.5, 4))
"""

Row = dict[str, Any]
"""What one sweep said: its condition and number, the fastest and the choice, the call of each pair, and the noise."""


@strategy("twin", "Sequential under another name", parallel=False)
def twin(video: Video, indices: Sequence[int], workers: int) -> "FrameBatch":
    return find("sequential").decode(video, indices, 1)


@strategy("tenth", "Sequential and a tenth more work", parallel=False)
def tenth(video: Video, indices: Sequence[int], workers: int) -> "FrameBatch":
    return with_more(0.1, video, indices)


@strategy("fiftieth", "Sequential and a fiftieth more work", parallel=False)
def fiftieth(video: Video, indices: Sequence[int], workers: int) -> "FrameBatch":
    return with_more(0.02, video, indices)


def with_more(fraction: float, video: Video, indices: Sequence[int]) -> "FrameBatch":
    """Decode, then compute for so much longer: CPU time, which a neighbour makes longer as it does the decoding."""
    start = process_time()
    frames = find("sequential").decode(video, indices, 1)
    end = start + (1 + fraction) * (process_time() - start)
    while process_time() < end:
        pass
    return frames


@contextmanager
def neighbour(there: bool) -> Iterator[None]:
    """Another process that takes a CPU on and off; none where it is not to be there.

    A shell starts it and goes: what children of this process use counts as a run's own.
    """
    if not there:
        yield
        return
    start = ["sh", "-c", '"$@" >/dev/null & echo $!', "sh", sys.executable, "-c", NEIGHBOUR]
    number = int(subprocess.run(start, stdout=subprocess.PIPE, text=True, check=True).stdout)
    try:
        yield
    finally:
        os.kill(number, signal.SIGKILL)


def measure(path: Path, seconds: float, rounds: int | None) -> Results:
    """One sweep, as people get it, of nothing but times."""
    return sweep(
        path,
        fps=FPS,
        strategies=STRATEGIES,
        workers=[2],
        repeats=rounds or "auto",
        budget_seconds=seconds,
        truth=False,
        trace=False,
        memory=False,
    )


def said(results: Results) -> Row:
    """What a sweep says: who is fastest, and of every pair which of them is faster."""
    ranked = sorted(right_and_timed(results, FPS), key=lambda one: str(one.setting))
    calls = {
        f"{one.setting.strategy} {other.setting.strategy}": judgement.call
        for one, other in combinations(ranked, 2)
        if (judgement := judge(results, one, other))
    }
    found, noise = standing(results, FPS), results.noise(FPS)
    return {
        "fastest": found.fastest and found.fastest.setting.strategy,
        "choice": found.choice and found.choice.setting.strategy,
        "calls": calls,
        "rounds": min(len(one.timed) for one in ranked),
        "disturbed": sum(run.phase == "disturbed" for run in results.runs),
        "noise": noise and round(noise.floor, 3),
        "headline": found.headline,
    }


def call_of(row: Row, one: str, other: str) -> str:
    """What a sweep called one of two, against the other."""
    turned = {"faster": "slower", "slower": "faster"}
    called = row["calls"].get(f"{one} {other}")
    return called or turned.get(row["calls"][f"{other} {one}"], row["calls"][f"{other} {one}"])


def summed_up(rows: Sequence[Row]) -> dict[str, tuple[int, bool]]:
    """Of the sweeps in one condition, how many did what, and whether that meets the goal."""
    many = len(rows)
    calls = {pair: Counter(row["calls"].get(pair) for row in rows) for row in rows for pair in row["calls"]}
    opposite = max((min(called["faster"], called["slower"]) for called in calls.values()), default=0)
    against = {
        name: Counter(call_of(row, name, "sequential") for row in rows) for name in ("twin", "tenth", "fiftieth")
    }
    different = {name: called["faster"] + called["slower"] for name, called in against.items()}
    slower = against["tenth"]["slower"]
    return {
        "named the same as the fastest": (Counter(row["fastest"] for row in rows).most_common(1)[0][1], True),
        "would have generated the same code": (Counter(row["choice"] for row in rows).most_common(1)[0][1], True),
        "contradict the others on some pair (goal: none)": (opposite, opposite == 0),
        "call twins different (goal: 1 in 40)": (different["twin"], different["twin"] <= many / 40),
        "found the planted 10 % (goal: 38 in 40)": (slower, slower >= 0.95 * many),
        "called the planted 2 % a difference (goal: none)": (different["fiftieth"], different["fiftieth"] == 0),
    }


def main(
    sweeps: Annotated[int, typer.Option(help="In each condition.")] = 40,
    seconds: Annotated[float, typer.Option(help="The budget of a sweep.")] = 14,
    rounds: Annotated[int | None, typer.Option(help="A fixed number of rounds; else as the sweep chooses.")] = None,
    out: Annotated[Path, typer.Option(help="A row each sweep is added to this file; what is there counts.")] = Path(
        "verdicts.jsonl"
    ),
) -> None:
    """Sweep again and again, in both conditions, and count what holds."""
    rows: list[Row] = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        clips.make(path, width=320, height=180, seconds=15)
        for number in range(1, sweeps + 1):
            for condition in CONDITIONS:  # in turn, so that an hour of the machine touches both alike
                if any((row["condition"], row["sweep"]) == (condition, number) for row in rows):
                    continue
                start = perf_counter()
                with neighbour(condition == "neighbour"):
                    row = {"condition": condition, "sweep": number, **said(measure(path, seconds, rounds))}
                rows.append({**row, "seconds": round(perf_counter() - start, 1)})
                with out.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
                told = f"{row['rounds']} rounds, {row['disturbed']} runs repeated, noise {row['noise']}"
                print(f"{number:2} {condition:9} {rows[-1]['seconds']:4.0f} s, {told}: {row['headline']}", flush=True)
    for condition in CONDITIONS:
        these = [row for row in rows if row["condition"] == condition][:sweeps]
        print(f"\n{condition}: of {len(these)} sweeps")
        for what, (many, met) in summed_up(these).items():
            print(f"{many:4} {what}{'' if met else ': MISSED'}")
            missed |= not met
    raise typer.Exit(1 if missed else 0)


if __name__ == "__main__":
    typer.run(main)
