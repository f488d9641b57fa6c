"""PyTorch's DataLoader: a dataset of videos, decoded by its worker processes."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from torch.utils.data import DataLoader, Dataset

from vdlab.loaders.bare import load
from vdlab.loaders.registry import Each, Loaded, loader
from vdlab.machine.workers import no_processes
from vdlab.video.collection import Wanted


class Videos(Dataset[tuple[int, Any]]):
    """Item `n` is what was loaded of the n-th video, and n itself."""

    def __init__(self, wanted: Sequence[Wanted], each: Each) -> None:
        self.wanted, self.each = wanted, each

    def __len__(self) -> int:
        return len(self.wanted)

    def __getitem__(self, number: int) -> tuple[int, Any]:
        return number, load(self.wanted[number], self.each)


def as_it_is(item: Any) -> Any:
    """Instead of DataLoader's own ways to make batches: each video is one already."""
    return item


def new_loader(videos: Dataset[Any], workers: int, persistent: bool, sampler: Any = None) -> DataLoader[Any]:
    """A DataLoader whose workers hand over videos as they are ready, in frames that lie in shared memory."""
    return DataLoader(
        videos,
        batch_size=None,
        collate_fn=as_it_is,
        num_workers=workers,
        persistent_workers=persistent,
        in_order=False,
        sampler=sampler,
    )


@loader("dataloader", "DataLoader", unavailable=no_processes)
def dataloader(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """PyTorch's DataLoader with `workers` worker processes, started anew for every pass over the collection."""
    for number, result in new_loader(Videos(wanted, each), workers, persistent=False):
        yield wanted[number].source, result


class Tasks(Dataset[tuple[int, Any]]):
    """An item for every task: its number, and what was loaded. Workers learn from the task itself what to load."""

    def __getitem__(self, task: Any) -> tuple[int, Any]:
        number, one, each = task
        return number, load(one, each)


@lru_cache(maxsize=4)
def kept_loader(workers: int) -> tuple[DataLoader[Any], list[tuple[int, Wanted, Each]]]:
    """A DataLoader whose workers wait for the next pass, and the list of tasks that is then gone through."""
    tasks: list[tuple[int, Wanted, Each]] = []
    return new_loader(Tasks(), workers, persistent=True, sampler=tasks), tasks


def start(workers: int) -> None:
    """Return once `workers` processes are there."""
    dict(dataloader_persistent([Wanted(b"", fps=1)] * workers, workers, None))


@loader(
    "dataloader-persistent",
    "DataLoader, persistent workers",
    prepare=start,
    unavailable=no_processes,
    end=kept_loader.cache_clear,
)
def dataloader_persistent(wanted: Sequence[Wanted], workers: int, each: Each) -> Loaded:
    """The same with worker processes that stay from one pass over the collection to the next."""
    loader, tasks = kept_loader(workers)
    tasks[:] = [(number, one, each) for number, one in enumerate(wanted)]
    for number, result in loader:
        yield wanted[number].source, result
