"""Threads that each have FFmpeg threads."""

import pytest

from vdlab import charts
from vdlab.benchmark.sweep import sweep
from vdlab.video import Video

ONE_RUN_OF_EACH = {"repeats": 1, "warmup": 0, "truth": False, "trace": False, "memory": False}


def test_a_sweep_takes_both_numbers_and_the_chart_shows_every_pair(video: Video) -> None:
    results = sweep(video, fps=5, strategies=["hybrid"], workers=[1, 2], ffmpeg_threads=[1, 3], **ONE_RUN_OF_EACH)
    pairs = [(1, 1), (1, 3), (2, 1), (2, 3)]
    assert [(one.setting.workers, one.setting.ffmpeg_threads) for one in results.measurements][1:] == pairs
    assert results.agrees
    ax = charts.hybrid(results)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "3"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["1", "2"]
    rows = results.summary()
    ratios = [f"{ratio:.2f}x" for ratio in rows[rows["strategy"] == "hybrid"]["speedup"]]
    assert [text.get_text() for text in ax.texts if text.get_text().endswith("x")] == ratios


def test_the_chart_of_results_without_hybrid_says_so(video: Video) -> None:
    results = sweep(video, fps=5, strategies=[], workers=[1], **ONE_RUN_OF_EACH)
    said = [text.get_text() for text in charts.hybrid(results).texts]
    assert "hybrid was not measured at 5 fps beside sequential" in said


@pytest.mark.parametrize("threads", ["0", "two"])
def test_bench_refuses_ffmpeg_threads_that_make_no_sense(
    video: Video, threads: str, capsys: pytest.CaptureFixture
) -> None:
    from vdlab.cli import main

    with pytest.raises(SystemExit) as caught:
        main(["bench", str(video.path), "--ffmpeg-threads", threads])
    assert caught.value.code == 2
    assert "vdlab: " in capsys.readouterr().err
