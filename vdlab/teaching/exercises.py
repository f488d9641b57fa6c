"""The exercises of the notebooks, each judged by what was measured on the reader's own machine.

They stand here and not in the notebook because there the answer would stand beside the question. Every function takes
the reader's answer first, None where there is none yet.
"""

import random
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
from math import isclose
from typing import Any

import torch
from torchcodec import FrameBatch

from vdlab.results.records import Results
from vdlab.results.scaling import amdahl, gustafson
from vdlab.teaching.question import OPEN, ROUNDED, Reply, number
from vdlab.video import Video

Split = Callable[[list[int], list[int], int], Any]
"""Indices, keyframes and workers -> chunks of indices, or whatever a beginner returns."""


def speedup_by_amdahl(answer: object, serial: float, workers: int) -> Reply:
    """What speedup Amdahl's law predicts for `workers` with a serial fraction of `serial`, 0 to 1."""
    right = float(amdahl(workers, serial))
    limit = f"Even with workers without end it stays below 1 / {serial:.3f} = {1 / serial:.1f}." if serial else ""
    slips = [
        (workers, "That would be so if nothing were serial."),
        (float(gustafson(workers, serial)), "That is Gustafson's law, in which the work grows with the workers."),
        (workers * (1 - serial), "What is serial does not make workers fewer: it takes its time beside them."),
        *([(1 / serial, "That is the limit for workers without end.")] if serial else []),
    ]
    return number(
        answer,
        right,
        f"1 / ({serial:.3f} + {1 - serial:.3f} / {workers}) = {right:.2f}. {limit}",
        f"One worker takes 1. Of this, {serial:.3f} stays and {1 - serial:.3f} is divided by {workers}.",
        slips,
    )


def speedup_by_longest(answer: object, busy: Sequence[float]) -> Reply:
    """The largest speedup that a split allows whose chunks take `busy` seconds each."""
    total, longest = sum(busy), max(busy)
    return number(
        answer,
        total / longest,
        f"{total:.2f} s of work, done when the longest chunk is: {total:.2f} / {longest:.2f} = {total / longest:.2f}.",
        "One worker would take all chunks one after the other; together they are done when the longest chunk is.",
        [
            (len(busy), "That would be so if all chunks took equally long."),
            (longest / total, "That is the time that is left; the speedup is its inverse."),
        ],
    )


def cpus_at_work(answer: object, seconds: float, cpu_seconds: float) -> Reply:
    """How many CPUs were at work on average while `cpu_seconds` were spent in `seconds`."""
    right = cpu_seconds / seconds
    return number(
        answer,
        right,
        f"{cpu_seconds:.2f} s of CPU time in {seconds:.2f} s: {right:.2f} CPUs. No speedup can be larger than that.",
        "CPU seconds count every CPU by itself: two CPUs at work for one second are two CPU seconds.",
        [(seconds / cpu_seconds, "The other way round: how much CPU time was spent in each second?")],
    )


def bytes_of_frames(answer: object, video: Video, frames: int) -> Reply:
    """How many bytes of pixels `frames` decoded frames are."""
    right, pixels = frames * video.frame_bytes, video.width * video.height
    return number(
        answer,
        right,
        f"{frames:,} x {video.width} x {video.height} x 3 = {right:,} bytes. "
        f"The whole file has {video.path.stat().st_size:,}: what comes out is {right / video.path.stat().st_size:.0f} "
        "times as much as what goes in.",
        "A decoded frame is not compressed. How many pixels has it, and how many bytes has a pixel?",
        [
            (frames * pixels, "A pixel has three colours, of one byte each."),
            (right / 1e6, "That is in MB; bytes are asked for."),
            (video.frame_bytes, f"That is one frame; {frames:,} come back."),
            (video.path.stat().st_size, "That is the compressed file. What comes back is decoded."),
        ],
    )


def best_pair(answer: object, results: Results, cpus: int) -> Reply:
    """Which (workers, FFmpeg threads) of `hybrid` was fastest among those with no more threads in all than CPUs.

    Pairs whose speedups are the same in two decimals, as in the chart, are equally good.
    """
    if answer is None:
        return OPEN
    table = results.summary()
    rows = table[(table["strategy"] == "hybrid") & table["speedup"].notna()]
    speedups = {(row.workers, row.ffmpeg_threads): round(row.speedup, 2) for row in rows.itertuples()}
    if not isinstance(answer, tuple | list) or tuple(answer) not in speedups:
        return Reply(False, f"A pair that was measured is asked for, such as `{next(iter(speedups))}`.")
    workers, threads = answer
    if workers * threads > cpus:
        return Reply(False, f"{workers} x {threads} is {workers * threads} threads: more than there are CPUs ({cpus}).")
    allowed = {pair: speedup for pair, speedup in speedups.items() if pair[0] * pair[1] <= cpus}
    best, mine = max(allowed.values()), allowed[workers, threads]
    if mine < best:
        return Reply(False, f"With {mine:.2f}x it is not the fastest of those with at most {cpus} threads.")
    beyond = max(speedups.values())
    more = f"More threads than CPUs brought {beyond:.2f}x at best: {'a little' if beyond > best else 'no'} gain."
    return Reply(True, f"{mine:.2f}x. {more if len(speedups) > len(allowed) else ''}")


def frames_to_decode(answer: object, wanted: Sequence[int], keyframes: Sequence[int]) -> Reply:
    """How many frames one decoder decodes for the frames `wanted`, both ascending, `keyframes` from 0 on.

    Counted by the numbers of frames as they are shown: that a decoder may need the next few too, because frames are
    not stored in the order in which they are shown, is left out.
    """
    lasts = {bisect(keyframes, frame) - 1: frame for frame in wanted}  # the last one of each group
    runs = [(keyframes[group], last) for group, last in lasts.items()]
    right = sum(last - first + 1 for first, last in runs)
    counted = " + ".join(str(last - first + 1) for first, last in runs)
    spans = " and ".join(f"{first} to {last}" for first, last in runs)
    alone = sum(frame - keyframes[bisect(keyframes, frame) - 1] + 1 for frame in wanted)
    return number(
        answer,
        right,
        f"Frames {spans}: {counted}{f' = {right}' if len(runs) > 1 else ''}.",
        "Start at the last keyframe at or before a frame and count up to it, that one too; go on from where you are "
        "as long as no keyframe lies between.",
        [
            (len(wanted), "So many are returned; those in between are decoded as well, and thrown away."),
            (right - len(runs), "Nearly: the keyframe itself is decoded too."),
            (wanted[-1] + 1, "What lies between the last wanted frame and the next keyframe needs no decoding."),
            (alone, "A decoder does not start anew for each: it goes on from where it is."),
        ],
        within=0,
    )


def gain_by_frames(answer: object, all_frames: int, fewer: int) -> Reply:
    """How many times faster decoding `fewer` frames is than `all_frames`, if each frame takes equally long."""
    right = all_frames / fewer
    return number(
        answer,
        right,
        f"{all_frames:,} / {fewer:,} = {right:.2f}. Measured, it need not be the same: those left out are small "
        "frames, quickly decoded, and the conversion to RGB stays.",
        "If each frame takes equally long, times are as frame counts are.",
        [(fewer / all_frames, "That is the time that is left; the speedup is its inverse.")],
    )


def brightness(function: Callable[[FrameBatch], Any]) -> Reply:
    """Try a function that returns the brightness of each frame of a batch, 0 to 1, on small batches."""
    chance = torch.Generator().manual_seed(0)
    batches = [torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)]
    batches += [torch.randint(256, (count, 3, 4, 6), dtype=torch.uint8, generator=chance) for count in (1, 2, 5, 0)]
    for pixels in batches:
        shown = f"a batch of shape `{list(pixels.shape)}`"
        right = [float(frame.double().mean()) / 255 for frame in pixels]
        try:
            returned = function(FrameBatch(pixels, torch.zeros(len(pixels)), torch.zeros(len(pixels))))
            if returned is None and pixels is batches[0]:
                return OPEN
            values = [float(value) for value in returned]
        except Exception as error:
            return Reply(False, f"With {shown} it does not work: `{type(error).__name__}: {error}`.")
        if len(values) != len(right):
            return Reply(False, f"For {shown} it returned {len(values)} numbers; one for each frame is asked for.")
        if not all(isclose(mine, true, abs_tol=1e-3) for mine, true in zip(values, right, strict=True)):
            slip = " White is 255 in these pixels, and 1 in what is asked for." if max(values) > 1 else ""
            rounded = [round(value, 3) for value in right]
            return Reply(False, f"For {shown} it returned `{values}`, and not `{rounded}`.{slip}")
    return Reply(True, "One number a frame, whatever the size of the batch: that travels anywhere.")


def hours(answer: object, videos: int, per_second: float) -> Reply:
    """How many hours so many videos take at `per_second` videos a second."""
    right = videos / per_second / 3600
    return number(
        answer,
        right,
        f"{videos:,} / {per_second:.1f} / 3,600 = {right:.2f} hours.",
        "So many videos, divided by those of a second, are seconds.",
        [(right * 3600, "These are seconds."), (right * 60, "These are minutes."), (right / 24, "These are days.")],
    )


def cpus_for_an_hour(answer: object, videos: int, cpu_seconds: float) -> Reply:
    """How many CPUs decode so many videos in an hour, if each takes `cpu_seconds` of CPU time."""
    right = videos * cpu_seconds / 3600
    return number(
        answer,
        right,
        f"{videos:,} x {cpu_seconds:.4f} s = {right * 3600:,.0f} CPU seconds; a CPU has 3,600 an hour: {right:.1f}.",
        "How many CPU seconds are it in all, and how many of these has one CPU in an hour?",
        [(right * 3600, "These are the CPU seconds of all; a CPU has 3,600 of them in an hour.")],
        within=max(ROUNDED, 0.5 / right),  # a whole number is as good an answer
    )


def split_at_keyframes(function: Split) -> Reply:
    """Try a function `(indices, keyframes, workers) -> chunks` on many videos, small ones first.

    The first case that breaks a promise is named with it. The promises: joined, the chunks are the indices; none is
    empty, and there are no more than workers; no group of pictures is in two of them; and none is longer than the
    average and the longest group together, so that one chunk for all is no way out.
    """
    cases = 0
    for indices, keyframes, workers in videos():
        call = f"`split_at_keyframes({indices}, {keyframes}, {workers})`"
        try:
            returned = function(list(indices), list(keyframes), workers)
            if returned is None and not cases:
                return OPEN
            chunks = [list(map(int, chunk)) for chunk in returned]
        except Exception as error:
            return Reply(False, f"{call} does not work: `{type(error).__name__}: {error}`.")
        broken = broken_promise(chunks, indices, keyframes, workers)
        if broken:
            return Reply(False, f"{call} returned `{chunks}`: {broken}.")
        cases += 1
    return Reply(
        True,
        f"All promises hold for {cases} videos. VDLab's own `keyframe-threads` cuts at every keyframe, and lets each "
        "worker take the next segment as it comes free.",
    )


def broken_promise(
    chunks: Sequence[Sequence[int]], indices: Sequence[int], keyframes: Sequence[int], workers: int
) -> str:
    """Which of `split_at_keyframes`' promises is broken; empty where all hold."""
    if not all(chunks):
        return "a chunk is empty"
    if list(chain.from_iterable(chunks)) != list(indices):
        return "joined, the chunks are not the indices"
    if len(chunks) > workers:
        return f"{len(chunks)} chunks are too many for {workers} workers"
    for before, after in pairwise(chunks):
        if bisect(keyframes, before[-1]) == bisect(keyframes, after[0]):
            return f"no keyframe lies between {before[-1]} and {after[0]}, so a group is decoded twice"
    groups = [bisect(keyframes, index) for index in indices]
    longest, average = max(map(groups.count, groups), default=0), len(indices) / workers
    if max(map(len, chunks), default=0) > average + longest:
        return (
            f"its longest chunk is longer than the average ({average:.4g}) and the longest group ({longest}) together"
        )
    return ""


def videos() -> Iterator[tuple[list[int], list[int], int]]:
    """Indices, keyframes and workers: first what is easily forgotten, then many at random, the same every time."""
    yield [0, 1, 2, 3], [0, 2], 2
    yield [0, 3, 6, 9], [0, 5], 1
    yield [0, 3, 6, 9], [0], 3
    yield [], [0], 2
    yield [7, 8, 9], [0, 2, 4, 6], 2
    yield list(range(12)), [0, 2, 4, 6, 8, 10], 4
    chance = random.Random(0)
    for size in range(10, 210):
        keyframes = sorted({0, *chance.choices(range(size), k=chance.randint(0, 8))})
        indices = list(range(chance.randrange(size), size, chance.randint(1, 6)))
        yield indices, keyframes, chance.randint(1, 9)
