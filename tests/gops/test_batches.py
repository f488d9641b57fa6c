"""Frames are copied by the thread that has them, and by no other; their memory is used again once nobody has them."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from vdlab.gops.batches import reuse_memory, room, write_pixels

COUNT = """
import numpy as np, psutil, torch
from vdlab.gops.batches import write_pixels
pixels = torch.from_numpy(np.ones((4, 360, 640, 3), dtype=np.uint8)).permute(0, 3, 1, 2)
into = torch.empty((4, 360, 640, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
before = psutil.Process().num_threads()
{call}
print(psutil.Process().num_threads() - before)
"""


def threads_started(call: str) -> int:
    return int(subprocess.run([sys.executable, "-c", COUNT.format(call=call)], capture_output=True, check=True).stdout)


def test_a_copy_is_exact_whatever_the_order_in_memory() -> None:
    pixels = torch.arange(2 * 3 * 4 * 5, dtype=torch.uint8).reshape(2, 3, 4, 5)
    rows = torch.empty((2, 4, 5, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    write_pixels(rows, pixels)
    assert torch.equal(rows, pixels)
    write_pixels(rows[1], pixels[0])
    assert torch.equal(rows[1], pixels[0])


@pytest.mark.slow
@pytest.mark.skipif(torch.get_num_threads() < 2, reason="with one CPU torch starts no threads either")
def test_a_copy_starts_no_threads() -> None:
    assert threads_started("write_pixels(into, pixels)") == 0
    assert threads_started("into.copy_(pixels)") > 0, "nothing would be gained"


def places(reuse: bool) -> list[int]:
    """Where batches lie in memory of which, in turn, all is kept, a view is kept, nothing is, and a smaller one."""
    if reuse:
        reuse_memory()
    kept = room(2, 40, 60)
    found = [kept.data.data_ptr()]
    view = room(2, 40, 60).data[1, 0].numpy()
    found.append(view.ctypes.data - 40 * 60 * 3)
    again = room(2, 40, 60)
    found.append(again.data.data_ptr())
    del again
    found += [room(2, 40, 60).data.data_ptr(), room(1, 40, 60).data.data_ptr()]
    assert len({kept.data.data_ptr(), found[1], found[2]}) == 3, "nobody's frames are written over"
    return found


def test_memory_is_used_again_once_nobody_has_the_frames_and_only_where_that_was_asked_for() -> None:
    with ThreadPoolExecutor(1) as thread:
        _, _, last, following, smaller = thread.submit(places, reuse=True).result()
        assert last == following == smaller
    first = room(2, 400, 600)
    assert room(2, 400, 600).data.data_ptr() != first.data.data_ptr()
