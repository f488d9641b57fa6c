"""SPDL: a pipeline of threads, with TorchCodec as its one stage."""

from collections.abc import Sequence
from typing import Any

from vdlab.loaders.bare import load
from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.strategies.peers.common import installed
from vdlab.video.collection import Wanted


@loader("spdl", "SPDL", unavailable=installed("spdl", "vdlab[peers]"))
def spdl(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """SPDL's pipeline around TorchCodec: a source of videos, a stage of `workers` threads, a sink for a few of them."""
    from spdl.pipeline import PipelineBuilder

    def stage(one: Wanted) -> Any:
        return one.source, load(one, each)

    builder: Any = PipelineBuilder()
    builder.add_source(wanted).pipe(stage, concurrency=workers, output_order="completion").add_sink(workers)
    pipeline = builder.build(num_threads=workers)
    with pipeline.auto_stop():
        yield from pipeline
