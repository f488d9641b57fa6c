"""Frames are copied by the thread that has them, and by no other."""

import subprocess
import sys

import pytest
import torch

from vdlab.gops.batches import write_pixels

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
