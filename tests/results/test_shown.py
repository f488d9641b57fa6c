"""What objects look like as the last line of a notebook's cell: short, and no name in them is markup."""

import builders
import pytest

from vdlab.results.judgement import standing
from vdlab.results.records import Results, Span, Trace
from vdlab.video import Video
from vdlab.video.collection import wanted_of

HOSTILE = "<script>alert(1)</script>"


def test_results_are_a_few_lines_and_a_small_table(measured: Results) -> None:
    first, second = repr(measured).splitlines()
    assert first == "<Results of talk.mp4 on laptop, 2026-01-01 00:00:00: 3 settings, 9 timed runs"
    assert second == f"{standing(measured, 2.0).headline}; all 3 strategies return identical frames>"
    page = measured._repr_html_()
    assert len(page) < 5000
    assert page.index(">threads<") < page.index(">sequential<") < page.index(">processes<"), "the fastest first"
    assert standing(measured, 2.0).headline in page


def test_many_settings_are_cut_to_a_table_that_is_read() -> None:
    many = builders.results({f"threads x{count} @{fps}": [1.0, 1.0] for count in range(1, 60) for fps in (1, 2)})
    assert len(repr(many)) < 800
    page = many._repr_html_()
    assert page.count("<tr>") == 20
    assert "the first 20 of 118 settings" in page
    assert "<th>fps</th>" in page


def test_names_are_text_and_what_hides_in_them_is_written_out(measured: Results) -> None:
    measured.video = builders.video(path="/videos/<b>talk\x1b.mp4")
    measured.machine = builders.machine(hostname=HOSTILE)
    page = measured._repr_html_()
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    for text in (page, repr(measured), measured.video._repr_html_()):
        assert "\x1b" not in text


@pytest.mark.parametrize("finished", [None, "2026-01-01T00:01:00+00:00"])
def test_results_of_nothing_say_so(finished: str | None) -> None:
    bare = builders.results(finished=finished)
    assert "0 settings, 0 timed runs" in repr(bare)
    assert "nothing was measured" in bare._repr_html_()


def test_what_is_in_results_is_one_line_each(measured: Results) -> None:
    trace = Trace(builders.setting("threads"), 1.0, (Span(0, "decoding", 0.0, 1.0, 100),) * 500)
    failed = builders.run("threads", round=4, verdict="failed", detail=HOSTILE)
    one = builders.add(measured, trace, failed).find(builders.setting("threads"))
    assert repr(one) == "<Measurement of threads x2 at 2 fps: 1.050 s, median of 3, failed>"
    assert repr(one.runs[0]) == "<Run of threads x2 at 2 fps, timed round 1: 1.000 s, identical>"
    assert repr(failed) == "<Run of threads x2 at 2 fps, timed round 4: failed>"
    assert repr(trace) == "<Trace of threads x2 at 2 fps: 500 spans in 1.000 s>"
    assert HOSTILE not in one._repr_html_()
    assert "1.000 s, 1.100 s, 1.050 s" in one._repr_html_()
    assert len(repr(standing(measured, 2.0))) < 300


def test_a_video_and_its_packets(clip) -> None:
    video = Video.open(clip)
    assert repr(video) == f"<Video {clip.name}: h264, {video.average_fps:g} fps, approximate seeking>"
    assert f"{video.num_frames:,}</td>" in video._repr_html_()
    assert repr(video.index).endswith(f"{len(video.index.pts):,} packets, {video.num_frames:,} frames>")
    assert f"{int(video.index.disposable.sum()):,}</td>" in video.index._repr_html_()
    held = Video.open(clip.read_bytes())
    assert len(repr(held)) < 200
    assert len(held._repr_html_()) < 3000
    assert repr(wanted_of([clip.read_bytes()], fps=2)).endswith("bytes>: fps=2>]")


def test_a_video_that_is_gone_is_still_shown(clip, tmp_path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    video = Video.open(copy)
    copy.unlink()
    assert "No such file" in video._repr_html_()
