"""OpenCV's VideoCapture."""

from collections.abc import Sequence

import torch
from torchcodec import FrameBatch

from vdlab.strategies.peers.common import COLOUR_TOLERANCE, batch_with_times, installed, positions
from vdlab.strategies.registry import strategy
from vdlab.video import Video


@strategy(
    "opencv",
    "OpenCV",
    tolerance=COLOUR_TOLERANCE,
    unavailable=installed("cv2", "opencv-python-headless"),
    own_times=False,
)
def opencv(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
    """OpenCV grabs every frame up to the last wanted one, with `workers` FFmpeg threads, and converts the wanted.

    `grab` decodes, `retrieve` converts to BGR. Jumping with CAP_PROP_POS_FRAMES would land beside the frame.
    """
    import cv2

    batch = batch_with_times(video, indices)
    wanted = positions(indices)
    capture = cv2.VideoCapture(str(video.source.named_file()), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, workers])
    try:
        for number in range(max(indices) + 1):
            if not capture.grab():
                raise RuntimeError(f"OpenCV found no frame {number}")
            if number in wanted:
                converted, picture = capture.retrieve()
                if not converted:
                    raise RuntimeError(f"OpenCV cannot convert frame {number} to BGR")
                rgb = torch.from_numpy(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
                batch.data[wanted[number]] = rgb.permute(2, 0, 1)
    finally:
        capture.release()
    return batch
