"""The call: which videos, where they are decoded, and what becomes of those that cannot be."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Literal

from joblib.externals.loky import cpu_count

from vdlab.decoding_many.jobs import Each, Outcomes
from vdlab.decoding_many.tasks import Tasks
from vdlab.decoding_many.threads import Threads
from vdlab.errors import SettingsError, check_choice
from vdlab.gops.batches import resized_size
from vdlab.machine.clusters import active_cluster
from vdlab.machine.workers import check_workers
from vdlab.notes import note
from vdlab.video import Resize
from vdlab.video.collection import VideoInput, Videos, Wanted, wanted_of


def decode_many(
    videos: Videos,
    *,
    fps: float | None = None,
    count: int | None = None,
    seconds: Sequence[float] | None = None,
    indices: Sequence[int] | None = None,
    resize: Resize = None,
    each: Each = None,
    workers: int | None = None,
    ordered: bool = False,
    errors: Literal["raise", "yield"] = "raise",
) -> Iterator[tuple[VideoInput, Any]]:
    """Decode frames of many videos, while the caller uses those that are done.

    The frames are those of `vdlab.decode`. Every worker decodes a video with a decoder of its own; long videos are
    decoded by several, section by section, and so is the last one. Not more than a quarter of the free memory, and
    256 MB a worker, is held in results that the caller has not taken yet, but for a single video that needs more:
    workers wait. Ending the loop early ends them.

    Inside `joblib.parallel_config("dask")` or `("ray")` the same happens on that cluster, whose workers must see the
    files under the same names. Frames then travel, which takes longer than many are worth: `each` makes something
    small of them first.

    Args:
        videos: a folder, a pattern such as `clips/**/*.mp4`, a manifest (a CSV or Parquet file with a column `path`
            and, if there, `seconds` or `indices` of its own for a row), or a list of paths, bytes or file objects.
        fps, count, seconds, indices: which frames, as for `vdlab.decode`: one of them.
        resize: as for `vdlab.decode`.
        each: is called with the frames of a video where these are, in the worker's thread or process; what it returns
            is yielded, and the frames are let go. Several calls run at a time.
        workers: threads; the CPUs this process may use if None. On a cluster, how many tasks run at a time there; all
            that it can if None.
        ordered: yield in the order listed, not as videos are done with.
        errors: what becomes of a video that cannot be decoded, or with which `each` fails: `raise` ends everything,
            `yield` yields the error where frames would be, and a note says at the end how many there were.

    Returns:
        A generator of pairs: the video as it was listed, a `Path`, bytes or file object; and its frames as a
        `FrameBatch`, what `each` returned, or a `VDLabError`.

    Raises:
        SettingsError: there are no videos, or it is not said which frames.
        VDLabError: on the way, of the first video with an error.
        MachineError: the cluster is gone.
        KeyboardInterrupt: it says how many are done.
    """
    check_choice("errors", errors, ("raise", "yield"))
    if each is not None and not callable(each):
        raise SettingsError(f"each={each!r} is no function; give one that takes a FrameBatch")
    resized_size(resize, 1, 1)
    wanted = wanted_of(videos, fps=fps, count=count, seconds=seconds, indices=indices, resize=resize)
    cluster = active_cluster()
    if cluster is not None:
        outcomes = Tasks(cluster, wanted, each, workers, ordered).outcomes()
    else:
        outcomes = Threads(wanted, each, cpu_count() if workers is None else check_workers(workers), ordered).outcomes()
    return _yielded(wanted, outcomes, errors)


def _yielded(wanted: list[Wanted], outcomes: Outcomes, errors: str) -> Iterator[tuple[VideoInput, Any]]:
    notes: dict[str, list[str]] = {}
    failed: list[str] = []
    done, name = 0, ""
    try:
        with closing(outcomes):
            for number, outcome in outcomes:
                name = wanted[number].name
                for text in outcome.notes:
                    notes.setdefault(text, []).append(name)
                if outcome.error is not None:
                    failed.append(name)
                    if errors == "raise":
                        raise outcome.error
                done += 1
                yield wanted[number].source, outcome.result if outcome.error is None else outcome.error
                del outcome  # the caller's alone: while the next is waited for, nothing here keeps it in memory
    except KeyboardInterrupt as interrupt:
        last = f", the last one {name}" if name else ""
        interrupt.args = (f"{done:,} of {len(wanted):,} videos are done{last}",)
        raise
    finally:
        for text, names in notes.items():
            note(f"{_listed(names)}: {text}")
        if failed and errors == "yield":
            note(f"{len(failed):,} of {len(wanted):,} videos could not be decoded: {_listed(failed)}")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"
