"""One run of a loader over a collection: timed, its frames checked, its workers asked how long they take."""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from socket import gethostname
from time import perf_counter, perf_counter_ns, sleep
from typing import Any

import numpy as np
import xxhash
from joblib.externals.loky import cpu_count
from torchcodec import FrameBatch

from vdlab.benchmark.memory import watched
from vdlab.benchmark.rounds import Step
from vdlab.benchmark.run import own_stack, reason, timed
from vdlab.decoding import decode
from vdlab.errors import VDLabError
from vdlab.gops.batches import resized
from vdlab.loaders.registry import LOADERS, Each, Loaded
from vdlab.notes import collected
from vdlab.results.records import SMALL, Frames, Loading, Peak, Phase, Run, Setting, Waited
from vdlab.video.collection import VideoInput, Wanted

QUANTILES = np.linspace(0, 1, 41)


@dataclass(frozen=True)
class Told:
    """What a worker says of a video whose frames stay where they are.

    Attributes:
        worker: machine, process and thread.
        ready, done: nanoseconds of the machine's clock: when the frames were decoded, and when this was written.
        times: pts of the frames, in seconds, float64 `[N]`.
        pixels: a hash of all of them; None where nobody asked.
    """

    worker: tuple[str, int, int]
    ready: int
    done: int
    times: np.ndarray
    pixels: int | None

    @classmethod
    def of(cls, batch: FrameBatch, check: bool) -> "Told":
        """What is to be said of frames, by the worker that has them."""
        ready = perf_counter_ns()
        pixels = pixel_hash(batch) if check else None
        worker = (gethostname(), os.getpid(), threading.get_ident())
        return cls(worker, ready, perf_counter_ns(), batch.pts_seconds.numpy().copy(), pixels)


CHECKING, TELLING = partial(Told.of, check=True), partial(Told.of, check=False)


def pixel_hash(batch: FrameBatch) -> int:
    """xxHash's 64 bits of every pixel of every frame, and of their shape."""
    pixels = batch.data.contiguous().numpy()
    return xxhash.xxh3_64_intdigest(pixels.reshape(-1).data, seed=hash(pixels.shape) & 0xFFFFFFFF)


@dataclass(frozen=True)
class Right:
    """What a video's frames should be.

    Attributes:
        times: their pts, in seconds, float64 `[N]`.
        whole, small: hashes of their pixels, as they are and at `SMALL`.
        error: why nothing is known of them; empty where that is.
    """

    times: np.ndarray = field(default_factory=lambda: np.zeros(0))
    whole: int = 0
    small: int = 0
    error: str = ""


def right_frames(wanted: Sequence[Wanted]) -> dict[VideoInput, Right]:
    """Decode every video as the reference of a single one is: by seeking, each frame's time held against the packets.

    Frames from the wrong place are decoded again without a seek.
    """

    def of(one: Wanted) -> Right:
        try:
            indices = None if one.indices is None else list(one.indices)
            batch = decode(
                one.source, indices, fps=one.fps, count=one.count, seconds=one.seconds, strategy="sequential", workers=1
            )
        except (VDLabError, RuntimeError, MemoryError) as error:
            return Right(error=reason(error))
        small = replace_pixels(batch)
        return Right(batch.pts_seconds.numpy(), pixel_hash(batch), pixel_hash(small))

    with collected(), ThreadPoolExecutor(cpu_count()) as pool:
        return dict(zip((one.source for one in wanted), pool.map(of, wanted), strict=True))


def replace_pixels(batch: FrameBatch) -> FrameBatch:
    """The same frames as they come back small."""
    return FrameBatch(resized(batch.data, SMALL), batch.pts_seconds, batch.duration_seconds)


@dataclass
class Taken:
    """What came of a loader, as whoever took it saw it; frames are looked at and dropped.

    Attributes:
        own_times: whether the loader's times are to be compared.
        check: whether pixels are.
        failures: videos that came as errors, and in a line why.
        wrong: videos whose frames are not the right ones, and in what.
        seen: how often each video came.
        began, first: nanoseconds of the clock when the loader was called, and when the first one came; 0 before that.
        told: what workers said.
    """

    right: Mapping[VideoInput, Right]
    frames: Frames
    own_times: bool
    check: bool
    failures: dict[VideoInput, str] = field(default_factory=dict)
    wrong: dict[VideoInput, str] = field(default_factory=dict)
    seen: dict[VideoInput, int] = field(default_factory=lambda: defaultdict(int))
    returned_bytes: int = 0
    largest_bytes: int = 1
    began: int = 0
    first: int = 0
    told: list[Told] = field(default_factory=list)

    def take(self, load: Callable[[], Loaded], using_seconds: float = 0.0) -> None:
        """Call a loader, take all that it yields, and use each for so long."""
        self.began = perf_counter_ns()
        for source, result in load():
            self.first = self.first or perf_counter_ns()
            self.add(source, result)
            del result  # or its frames would be in memory beside the next ones
            if using_seconds:
                sleep(using_seconds)

    def add(self, source: VideoInput, result: Any) -> None:
        self.seen[source] += 1
        if isinstance(result, Exception):
            self.failures[source] = str(result)
            return
        right = self.right[source]
        pixels = None
        if isinstance(result, Told):
            self.told.append(result)
            times, pixels = result.times, result.pixels
        elif isinstance(result, FrameBatch):
            times = result.pts_seconds.numpy()
            size = sum(tensor.nbytes for tensor in (result.data, result.pts_seconds, result.duration_seconds))
            self.returned_bytes += size
            self.largest_bytes = max(self.largest_bytes, size)
            pixels = pixel_hash(result) if self.check else None
        else:
            raise TypeError(f"yielded {type(result).__name__}, not a FrameBatch")
        if right.error:
            return  # a damaged video, of which some way or other gives frames
        if len(times) != len(right.times):
            self.wrong[source] = f"{len(times)} frames for {len(right.times)}"
        elif self.own_times and not np.array_equal(times, right.times):
            self.wrong[source] = "frames with other times"
        elif pixels is not None and pixels != (right.small if self.frames == "small" else right.whole):
            self.wrong[source] = "other pixels"

    def sentences(self) -> Iterator[str]:
        """What is wrong with what came, for a reader; nothing where all is as it should be."""
        missing = [source for source in self.right if source not in self.seen]
        twice = [source for source, count in self.seen.items() if count > 1]
        lost = [source for source in self.failures if not self.right[source].error]
        for what, sources in (("did not come", missing), ("came more than once", twice)):
            if sources:
                yield f"{len(sources)} of {len(self.right)} videos {what}, the first {name(sources[0])}"
        if lost:
            first = self.failures[lost[0]]
            yield f"{len(lost)} of {len(self.right)} videos failed that others decode, the first {first}"
        if self.wrong:
            source, what = next(iter(self.wrong.items()))
            yield f"{len(self.wrong)} of {len(self.right)} videos differ, the first {name(source)}: {what}"

    def clip_seconds(self) -> tuple[float, ...]:
        """Quantiles of how long workers took for a video, from the end of the one before.

        A worker on another machine has another clock, so of its first video nothing is known.
        """
        workers: dict[tuple[str, int, int], list[Told]] = defaultdict(list)
        for told in sorted(self.told, key=lambda told: told.ready):
            workers[told.worker].append(told)
        took = []
        for (host, _, _), videos in workers.items():
            if host == gethostname():
                took.append(videos[0].ready - self.began)
            took += [later.ready - earlier.done for earlier, later in pairwise(videos)]
        if not took:
            return ()
        return tuple(round(float(seconds), 6) for seconds in np.quantile(np.maximum(took, 0), QUANTILES) / 1e9)


def name(source: VideoInput) -> str:
    """What a video is called in a sentence: its file's name alone, for its folder names a person."""
    return getattr(source, "name", "a video in memory")


def without_folders(text: str, wanted: Sequence[Wanted]) -> str:
    """A sentence on videos with their files' names alone."""
    folders = {f"{one.source.parent}{os.sep}" for one in wanted if isinstance(one.source, Path)}
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(folder, "")
    return text


def wanted_small(wanted: Sequence[Wanted], frames: Frames) -> list[Wanted]:
    """What is wanted in a case: of small frames, that they are made small where they are decoded."""
    return [replace(one, resize=SMALL) for one in wanted] if frames == "small" else list(wanted)


def call_of(setting: Setting, wanted: Sequence[Wanted], check: bool = False) -> Callable[[], Loaded]:
    """The call that loads a collection in a setting, whose workers are there."""
    found = LOADERS.find(setting.strategy)
    if found.prepare:
        found.prepare(setting.workers)
    each: Each = (CHECKING if check else TELLING) if setting.frames == "stay" else None
    more = {"ffmpeg_threads": setting.ffmpeg_threads} if found.ffmpeg_threads else {}
    return lambda: found.decode(wanted, setting.workers, each, **more)


def load_once(step: Step, wanted: Sequence[Wanted], right: Mapping[VideoInput, Right], began: float) -> Run:
    """Run a setting once over a collection, timed, and compare what comes with what should.

    Timed runs compare each frame's time, which costs next to nothing. To hash pixels costs some per cent of decoding
    them, so that is done in the warm-ups, where the frames are: a hash of what came back where they came back.

    Args:
        began: seconds after the sweep began.
    """
    setting, check = step.setting, step.kind == "warmup"
    phase: Phase = step.kind if step.kind == "timed" or step.kind == "control" else "warmup"
    frames = sum(len(one.times) for one in right.values())
    run = Run(setting, step.round, phase, frames, "failed", began)
    found = LOADERS.find(setting.strategy)
    taken = taker(setting, right, check)
    try:
        load = call_of(setting, wanted, check)
        with collected() as notes:
            call = timed(lambda: taken.take(load))
    except (Exception, SystemExit) as error:
        return replace(run, detail=reason(error), stack=own_stack(found, error))
    details = list(taken.sentences())
    wrong = sum(len(right[source].times) for source in taken.wrong)
    return replace(
        run,
        verdict="differs" if details else "identical",
        seconds=call.seconds,
        cpu_seconds=call.cpu_seconds,
        others=call.others,
        detail=without_folders("; ".join(details), wanted),
        differing=wrong,
        notes=without_folders("; ".join(dict.fromkeys(notes)), wanted),
        loading=Loading(
            videos=len(wanted),
            failures=len(taken.failures),
            returned_bytes=taken.returned_bytes,
            first_seconds=max(0, taken.first - taken.began) / 1e9,
            clip_seconds=taken.clip_seconds(),
        ),
    )


def taker(setting: Setting, right: Mapping[VideoInput, Right], check: bool = False) -> Taken:
    """Whoever takes what a loader yields in a setting."""
    assert setting.frames, "a loader's setting says what becomes of its frames"
    return Taken(right, setting.frames, LOADERS.find(setting.strategy).own_times, check)


def peak_of(setting: Setting, wanted: Sequence[Wanted], right: Mapping[VideoInput, Right]) -> Peak:
    """Run a warm setting once and watch the memory of this process and all below it.

    Raises:
        MachineError: the system does not say how much memory processes have in common.
        Exception: whatever the loader raises.
    """
    load, taken = call_of(setting, wanted), taker(setting, right)
    with collected(), watched() as growth:
        taken.take(load)
    return Peak(setting, growth.peak, taken.largest_bytes)


def waited(
    setting: Setting, wanted: Sequence[Wanted], right: Mapping[VideoInput, Right], using_seconds: float
) -> Waited:
    """Run a warm setting once for somebody who takes so long for each video, as a training step does.

    He waits for what is not there yet when he is done with the one before: whatever he does not use, he waits.

    Raises:
        Exception: whatever the loader raises.
    """
    load, taken = call_of(setting, wanted), taker(setting, right)
    with collected():
        begin = perf_counter()
        taken.take(load, using_seconds)
        seconds = perf_counter() - begin
    videos = sum(taken.seen.values())
    return Waited(setting, using_seconds, videos, seconds, max(0.0, seconds - videos * using_seconds))
