"""Charts of a collection, drawn from numbers that tests choose."""

from dataclasses import replace

import builders
import numpy as np
import pytest

from vdlab import charts
from vdlab.charts.catalogue import charts_of
from vdlab.charts.chart import ONE_VIDEO
from vdlab.charts.collection import grid_of, rates
from vdlab.results.records import CollectionFacts, Loading, Results, Setting, Spent, Stratum

SPENT = Spent(opening=0.001, scanning=0.002, decoding=0.1, converting=0.02, moving=0.03)


@pytest.fixture
def collection() -> Results:
    """Ten videos: one by one in 10 s, threads in 5 s, threads with two FFmpeg threads in 4 s."""
    loading = Loading(10, 1, 0, 0.5, tuple(np.linspace(0.1, 0.5, 41).tolist()))
    took = {("one-by-one", 1, 1): 10.0, ("threads", 1, 1): 10.0, ("threads", 2, 1): 5.0, ("threads", 2, 2): 4.0}
    runs = [
        builders.run(Setting(name, workers, 2.0, inner, "stay"), seconds * factor, round=number, loading=loading)
        for (name, workers, inner), seconds in took.items()
        for number, factor in enumerate((1.0, 1.01, 0.99), start=1)
    ]
    found = builders.results(
        records=runs,
        collection=CollectionFacts(
            1000,
            400,
            1,
            10,
            (
                Stratum("h264", "up to 360p", "up to 30 s", 300, 8, SPENT),
                Stratum("av1", "up to 720p", "up to 30 s", 99, 1),
            ),
        ),
    )
    found.plan = replace(found.plan, frames=("stay",))
    return found


def test_throughput_is_videos_a_second_beside_the_ideal(collection: Results) -> None:
    assert rates(collection, 2.0) == {
        ("one-by-one", 1): {1: 1.0},
        ("threads", 1): {1: 1.0, 2: 2.0},
        ("threads", 2): {2: 2.5},
    }
    lines = {line.get_label(): line for line in charts.throughput(collection).get_lines()}
    assert list(lines["ideal"].get_ydata()) == [1.0, 2.0]
    assert list(lines["threads"].get_ydata()) == [1.0, 2.0]


def test_latency_is_the_distribution_of_what_workers_take(collection: Results) -> None:
    lines = {line.get_label(): line for line in charts.latency(collection).get_lines()}
    line = lines["threads x2"]
    at = np.interp(0.5, line.get_ydata(), line.get_xdata())
    assert at == pytest.approx(0.3) and line.get_ydata()[-1] == 1
    gone = [replace(run, loading=replace(run.loading, clip_seconds=())) for run in collection.runs]
    assert "frames stay" in charts.chart("latency").lacking(
        builders.results(records=gone, collection=collection.collection), 2.0
    )


def test_the_bars_of_a_video_are_what_its_time_goes_into(collection: Results) -> None:
    ax = charts.inside(collection)
    assert [round(bar.get_width(), 6) for bar in ax.patches] == [1, 2, 100, 20, 30]
    assert [round(bar.get_x(), 6) for bar in ax.patches] == [0, 1, 3, 103, 123]
    assert len(ax.get_yticklabels()) == 1, "nothing is known of the other kind"


def test_the_grid_is_of_the_loader_with_both_numbers(collection: Results) -> None:
    name, found = grid_of(collection, 2.0)
    assert name == "threads" and found == {(1, 1): 1.0, (2, 1): 2.0, (2, 2): 2.5}
    assert {"1.0", "2.0", "2.5"} <= {text.get_text() for text in charts.grid(collection).texts}


def test_a_video_has_no_charts_of_collections_and_a_collection_none_of_a_video(collection: Results) -> None:
    names = {chart.name for chart in charts_of(collection)}
    assert {"throughput", "latency", "inside", "grid", "speedup"} <= names and not names & {"timelines", "gop_map"}
    video = builders.results({"sequential": [1.0], "threads": [0.5]})
    assert "throughput" not in {chart.name for chart in charts_of(video)}
    assert charts.chart("throughput").lacking(video, 2.0) == ONE_VIDEO


def test_headings_say_how_many_videos_and_what_became_of_frames(collection: Results) -> None:
    texts = " ".join(text.get_text() for text in charts.speedup(collection).texts)
    assert "10 of 1,000 videos" in texts and "frames stay where they are decoded" in texts
    assert charts.speedup(collection).get_ylabel() == "speedup over one-by-one"
