"""Every exercise of the notebooks with the right answer, with known mistakes, and with none."""

from bisect import bisect

import pytest
from builders import add, run

from vdlab.results.records import Results
from vdlab.teaching import exercises
from vdlab.teaching.question import OPEN, Reply, number
from vdlab.video import Video

KEYFRAMES = [0, 250, 345]


@pytest.fixture
def pairs(measured: Results) -> Results:
    """`hybrid` at four pairs; of those with at most two threads (1, 2) is the fastest, of all (4, 2)."""
    times = {"hybrid x1": 2.0, "hybrid x1x2": 1.0, "hybrid x2": 1.6, "hybrid x4x2": 0.8}
    rounds = (run(name, seconds, round=number) for name, seconds in times.items() for number in (1, 2, 3))
    return add(measured, *rounds)


def test_amdahl() -> None:
    assert exercises.speedup_by_amdahl(1 / (0.1 + 0.9 / 8), serial=0.1, workers=8).right
    assert exercises.speedup_by_amdahl(4.7, serial=0.1, workers=8).right, "rounded as people do"
    for slip, says in [(8, "nothing were serial"), (7.3, "Gustafson"), (7.2, "beside them"), (10, "without end")]:
        reply = exercises.speedup_by_amdahl(slip, serial=0.1, workers=8)
        assert reply.right is False and says in reply.why
    assert exercises.speedup_by_amdahl(8, serial=0, workers=8).right
    assert exercises.speedup_by_amdahl(1, serial=1, workers=8).right


def test_the_longest_chunk_limits() -> None:
    assert exercises.speedup_by_longest(1.5, [1.0, 2.0]).right
    assert "equally long" in exercises.speedup_by_longest(2, [1.0, 2.0]).why
    assert "inverse" in exercises.speedup_by_longest(2 / 3, [1.0, 2.0]).why
    assert exercises.speedup_by_longest(2, [1.0, 1.0]).right


def test_cpus_at_work() -> None:
    assert exercises.cpus_at_work(1.5, seconds=2, cpu_seconds=3).right
    assert "other way round" in exercises.cpus_at_work(2 / 3, seconds=2, cpu_seconds=3).why


def test_bytes_of_frames(video: Video) -> None:
    right = 10 * 192 * 108 * 3
    assert exercises.bytes_of_frames(right, video, 10).right
    for slip, says in [
        (right / 3, "three colours"),
        (right / 1e6, "in MB"),
        (right / 10, "one frame"),
        (video.path.stat().st_size, "compressed"),
        (17, "not compressed"),
    ]:
        reply = exercises.bytes_of_frames(slip, video, 10)
        assert reply.right is False and says in reply.why


def test_the_best_pair(pairs: Results) -> None:
    assert exercises.best_pair(None, pairs, cpus=2) == OPEN
    right = exercises.best_pair((1, 2), pairs, cpus=2)
    assert right.right and "2.10x" in right.why and "2.62x" in right.why
    assert exercises.best_pair([4, 2], pairs, cpus=8).right
    for slip, says in [((2, 1), "not the fastest"), ((4, 2), "8 threads"), ((3, 3), "was measured"), (7, "a pair")]:
        reply = exercises.best_pair(slip, pairs, cpus=2)
        assert reply.right is False and says in reply.why.lower()


def test_frames_to_decode() -> None:
    assert exercises.frames_to_decode(101, [0, 39, 100], KEYFRAMES).right
    assert exercises.frames_to_decode(40 + 51, [0, 39, 300], KEYFRAMES).right
    assert exercises.frames_to_decode(1, [250], KEYFRAMES).right
    for slip, says in [(3, "returned"), (100, "keyframe itself"), (142, "start anew"), (102, "count up to it")]:
        reply = exercises.frames_to_decode(slip, [0, 39, 100], KEYFRAMES)
        assert reply.right is False and says in reply.why
    assert "no decoding" in exercises.frames_to_decode(301, [0, 39, 300], KEYFRAMES).why


def test_gain_by_frames() -> None:
    assert exercises.gain_by_frames(1.86, 999, 537).right
    assert "inverse" in exercises.gain_by_frames(0.54, 999, 537).why


def test_brightness() -> None:
    assert exercises.brightness(lambda batch: None) == OPEN
    assert exercises.brightness(lambda batch: batch.data.double().mean((1, 2, 3)) / 255).right
    for slip, says in [
        (lambda batch: batch.data.double().mean((1, 2, 3)), "White is 255"),
        (lambda batch: [batch.data.double().mean() / 255], "one for each frame"),
        (lambda batch: batch.data[:, 0].double().mean((1, 2)) / 255, "and not"),
        (lambda batch: batch.pixels, "AttributeError"),
        (lambda batch: 0.5, "TypeError"),
    ]:
        reply = exercises.brightness(slip)
        assert reply.right is False and says in reply.why


def test_a_million_videos() -> None:
    assert exercises.hours(27.78, 1_000_000, per_second=10).right
    for slip, says in [(100_000, "seconds"), (1667, "minutes"), (1.157, "days"), (10, "divided")]:
        reply = exercises.hours(slip, 1_000_000, per_second=10)
        assert reply.right is False and says in reply.why
    assert exercises.cpus_for_an_hour(27.78, 1_000_000, cpu_seconds=0.1).right
    assert exercises.cpus_for_an_hour(28, 1_000_000, cpu_seconds=0.1).right
    assert exercises.cpus_for_an_hour(2, 1_000_000, cpu_seconds=0.006).right, "a whole number of CPUs"
    assert "3,600" in exercises.cpus_for_an_hour(100_000, 1_000_000, cpu_seconds=0.1).why


def cut_well(indices, keyframes, workers):
    """What is asked for, in a few lines."""
    chunks = []
    for index in indices:
        same = chunks and bisect(keyframes, index) == bisect(keyframes, chunks[-1][-1])
        if not chunks or (len(chunks[-1]) >= len(indices) / workers and not same):
            chunks.append([])
        chunks[-1].append(index)
    return chunks


def cut_equally(indices, keyframes, workers):
    size = -(-len(indices) // workers) or 1
    return [indices[start : start + size] for start in range(0, len(indices), size)]


def cut_everywhere(indices, keyframes, workers):
    groups = {}
    for index in indices:
        groups.setdefault(bisect(keyframes, index), []).append(index)
    return list(groups.values())


WRONG_CUTS = {
    "is decoded twice": cut_equally,
    "too many": cut_everywhere,
    "longer than the average": lambda indices, keyframes, workers: [indices] if indices else [],
    "a chunk is empty": lambda indices, keyframes, workers: [*cut_well(indices, keyframes, workers), []],
    "are not the indices": lambda indices, keyframes, workers: cut_well(indices, keyframes, workers)[::-1],
    "ZeroDivisionError": lambda indices, keyframes, workers: cut_well(indices, keyframes, 1 // (workers - workers)),
    "TypeError": lambda indices, keyframes, workers: 3,
}


def test_a_good_cut_keeps_all_promises() -> None:
    assert exercises.split_at_keyframes(lambda indices, keyframes, workers: None) == OPEN
    reply = exercises.split_at_keyframes(cut_well)
    assert reply.right, reply
    assert exercises.split_at_keyframes(lambda *given: map(tuple, cut_well(*given))).right, "any sequences will do"


@pytest.mark.parametrize("says", WRONG_CUTS)
def test_a_bad_cut_breaks_a_promise(says: str) -> None:
    reply = exercises.split_at_keyframes(WRONG_CUTS[says])
    assert reply.right is False
    assert says in reply.why and "split_at_keyframes([" in reply.why


def test_nothing_is_said_of_no_answer_and_something_of_every_other() -> None:
    assert number(None, 2, "why", "hint") == OPEN
    for strange in ("2", [2], True, float("nan"), float("inf"), 2j):
        reply = number(strange, 2, "why", "hint")
        assert reply.right is False and "number is asked for" in reply.why
    assert number(2.05, 2, "why", "hint") == Reply(True, "why")
    assert number(2.1, 2, "why", "hint", [(2.1, "slip")]) == Reply(False, "slip")
    assert number(3, 2, "why", "hint", [(2.1, "slip")]) == Reply(False, "hint")
    assert number(101, 100, "why", "hint", within=0) == Reply(False, "hint")


def test_what_is_shown_is_escaped() -> None:
    shown = number("<b>2</b>", 2, "why", "hint")
    assert "&lt;b&gt;2" in shown._repr_html_() and "Not quite." in shown._repr_html_()
    assert repr(Reply(True, "Because.")) == "Right. Because."
