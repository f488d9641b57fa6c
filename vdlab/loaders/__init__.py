"""One file a loader. Importing this package registers them, in the order in which they are shown."""

from vdlab.loaders import one_by_one, threads, processes, dataloader, many, dask, ray, spdl, decord  # noqa: F401  # isort: skip
from vdlab.loaders.registry import LOADERS, Loader, loader

__all__ = ["LOADERS", "Loader", "loader"]
