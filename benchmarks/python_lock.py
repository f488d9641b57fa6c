"""How long each way to bring packets to a decoder holds Python's lock, in microseconds a packet."""

import io
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter
from typing import Any

import av
from rich.table import Table
from torchcodec.decoders import Demuxer, VideoDecoder

from vdlab.video.index import forget, scan


def scanning(path: Path) -> Callable[[], Any]:
    """VDLab's packet index; PyAV reads."""
    forget()
    return lambda: scan(path)


def reading(path: Path) -> Callable[[], Any]:
    """TorchCodec's Demuxer, to the end."""
    demuxer = Demuxer(path)
    return lambda: sum(1 for _ in demuxer)


def feeding(path: Path) -> Callable[[], Any]:
    """TorchCodec's VideoPacketDecoder, fed packets that were read before."""
    demuxer = Demuxer(path)
    decoder, packets = demuxer.streams[0].make_decoder(), list(demuxer)

    def feed() -> None:
        for packet in packets:
            decoder.decode(packet)
        decoder.drain()

    return feed


def copying(path: Path) -> Callable[[], Any]:
    """Packets copied to a Matroska file in memory; PyAV reads and writes."""

    def copy() -> None:
        with av.open(str(path)) as source, av.open(io.BytesIO(), "w", format="matroska") as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    target.mux(packet)

    return copy


def whole(path: Path) -> Callable[[], Any]:
    """TorchCodec's VideoDecoder, all frames in one call: for comparison, with colours converted."""
    decoder = VideoDecoder(path)
    return decoder.get_all_frames


def seconds(prepare: Callable[[Path], Callable[[], Any]], path: Path, threads: int) -> float:
    """Wall-clock time until `threads` threads have each done the whole file, begun together."""
    works = [prepare(path) for _ in range(threads)]
    begin = Barrier(threads + 1)

    def body(work: Callable[[], Any]) -> None:
        begin.wait()
        work()

    running = [Thread(target=body, args=(work,)) for work in works]
    for thread in running:
        thread.start()
    begin.wait()
    start = perf_counter()
    for thread in running:
        thread.join()
    return perf_counter() - start


def lock_table(path: Path, rounds: int) -> Table:
    """What a packet costs one thread, and two that wait for the same lock; the fastest of the rounds counts.

    A packet cannot hold the lock for longer than either figure. Where two threads are no faster than one, it holds it
    all the time; where they are twice as fast, hardly ever.
    """
    packets = len(scan(path).pts)
    table = Table(
        "Way",
        title=f"Microseconds a packet, {path.name}, wall-clock time / packets of all threads",
        title_justify="left",
    )
    for heading in ("One thread", "Two threads", "Two are faster by", "Lock held, at most"):
        table.add_column(heading, justify="right")
    for prepare in (scanning, reading, feeding, copying, whole):
        one, two = (
            min(seconds(prepare, path, threads) for _ in range(rounds)) / packets / threads * 1e6 for threads in (1, 2)
        )
        table.add_row(
            f"{prepare.__name__}: {prepare.__doc__}",
            f"{one:.1f}",
            f"{two:.1f}",
            f"{one / two:.2f}",
            f"{min(one, two):.1f}",
        )
    return table
