"""What the frames of a sweep are compared with, and whether that is right.

Strategies are held to the reference, but the reference seeks too, and a seek can land on another frame than the one
asked for. What no seek has touched cannot be misplaced: the n-th frame that comes out is frame n. That is the truth.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from joblib.externals.loky import cpu_count
from torchcodec import Frame, FrameBatch

from vdlab.benchmark.rounds import Step
from vdlab.benchmark.run import run_once
from vdlab.errors import VideoError, one_line
from vdlab.gops.linear import linear_frames
from vdlab.results.records import REFERENCE, Reference, Run, Setting, Truth, baseline
from vdlab.video import Video

LINEAR = "linear"


def decode_reference(video: Video, indices: list[int], fps: float) -> tuple[Reference, FrameBatch | None, Run]:
    """Decode the frames in the first of these ways that can be trusted.

    | way                                      | trusted where                                        |
    |------------------------------------------|------------------------------------------------------|
    | sequential, in the video's own seek mode | every frame carries the time of the one asked for    |
    | sequential with exact seeking            | the same                                             |
    | linear                                   | it decodes: without a seek no frame can be misplaced |

    Where the file keeps no times, nothing shows what a seek returned, and only linear is left.

    Returns:
        Which way it is and why, its frames and its run; None for the frames where even linear fails.
    """
    reasons = [] if video.index.timed else ["the file keeps no times that would show a frame from the wrong place"]
    for mode in dict.fromkeys((video.seek_mode, "exact")) if video.index.timed else ():
        step = Step("reference", baseline(fps))
        run, frames = run_once(step, replace(video, seek_mode=mode), indices, None)
        if run.verdict == "identical":
            return Reference(fps, REFERENCE, mode, " and ".join(reasons)), frames, run
        del frames  # before the next ones are decoded
        goes = "fails" if run.verdict == "failed" else "goes wrong"
        reasons.append(f"sequential with {mode} seeking {goes} ({run.detail.removeprefix('differs: ').rstrip('.')})")
    return linear_reference(video, indices, fps, " and ".join(reasons))


def linear_reference(
    video: Video, indices: list[int], fps: float, because: str
) -> tuple[Reference, FrameBatch | None, Run]:
    """Decode the frames linearly, as `decode_reference` does at last."""
    run, frames = run_once(Step("reference", Setting(LINEAR, cpu_count(), fps)), video, indices, None)
    if frames is None:
        return Reference(fps, "", video.seek_mode, f"{because} and linear fails ({run.detail.rstrip('.')})"), None, run
    return Reference(fps, LINEAR, video.seek_mode, because), frames, run


def check_truth(
    video: Video, indices: Sequence[int], used: Reference, frames: FrameBatch, until: int | None = None
) -> Truth:
    """Hold the reference's frames and times against a decode without any seek, one frame at a time.

    Args:
        indices: the frame numbers of the reference, in any order.
        used: which reference it is.
        frames: its frames.
        until: stop before this frame number; None decodes as far as the last of `indices`.
    """
    end = max(indices, default=-1) + 1
    until = end if until is None else min(until, end)
    positions: dict[int, list[int]] = {}
    for position, index in enumerate(indices):
        if index < until:
            positions.setdefault(index, []).append(position)
    wrong: list[int] = []
    checked, error = 0, ""
    try:
        for index, frame in linear_frames(video, positions, threads=cpu_count()):
            checked += len(positions[index])
            wrong += [index for position in positions[index] if not _same(frame, frames, position)]
    except VideoError as failure:
        error = one_line(failure)
    missing = sum(map(len, positions.values())) - checked
    if not error and missing:
        error = f"the video ends {missing} sampled frames before its metadata say"
    return Truth(
        fps=used.fps,
        sentence=_sentence(used.seek_mode, checked, wrong, error)
        + ("" if checked == len(indices) else f"; checked up to frame {until} only"),
        checked=checked,
        sampled=len(indices),
        wrong=len(wrong),
        first=min(wrong, default=None),
        error=error,
    )


def _same(frame: Frame, reference: FrameBatch, position: int) -> bool:
    same_time = frame.pts_seconds == reference.pts_seconds[position].item()
    return same_time and torch.equal(frame.data, reference.data[position])


def _sentence(seek_mode: str, checked: int, wrong: Sequence[int], error: str) -> str:
    """What a check against the truth found, and what to do about it."""
    if error:
        return f"the check against a decode without seeking ended early: {error}"
    if not wrong:
        return f"{seek_mode} seeking returns the true frame for all {checked} indices checked"
    advice = "seek exactly" if seek_mode == "approximate" else "decode this file without seeking"
    return (
        f"{seek_mode} seeking returns the wrong frame for {len(wrong)} of {checked} indices here, "
        f"first at index {min(wrong)}; {advice}"
    )
