"""What a notebook defines must run in worker processes that have never heard of VDLab."""

import os
import subprocess
import sys
from pathlib import Path

CELL = """
import vdlab
from joblib import Parallel, delayed
from torchcodec.decoders import VideoDecoder

def count(path):
    return VideoDecoder(path).metadata.num_frames

vdlab.strategy  # as a cell that defines a strategy would
print(Parallel(n_jobs=2, backend="loky")(delayed(count)(PATH) for _ in range(2)))
"""


def test_a_function_of_main_decodes_in_loky_workers(clip: Path) -> None:
    code = CELL.replace("PATH", repr(str(clip)))
    environment = {**os.environ, "VDLAB_FFMPEG": "pyav"}
    outcome = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120)
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    assert outcome.stdout.strip() == "[50, 50]"
