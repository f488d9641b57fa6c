"""What the frames of a sweep are compared with: the sequential strategy's, or the next best that can be trusted."""

from dataclasses import replace

from joblib import cpu_count
from torchcodec import FrameBatch

from vdlab.benchmark.plan import Step
from vdlab.benchmark.run import run_once
from vdlab.results.records import REFERENCE, Reference, Run, Setting
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
        step = Step("reference", Setting(REFERENCE, 1, fps))
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
