"""Whatever can be in results is in the file they are saved to, and comes back; what contradicts itself does not."""

import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import builders
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vdlab.errors import VDLabError
from vdlab.machine.describe import FFmpegFacts, Gpu, MachineFacts
from vdlab.results import records
from vdlab.results.records import (
    Caution,
    Decoded,
    Measurement,
    Peak,
    Plan,
    Reference,
    Results,
    Run,
    Setting,
    Span,
    StrategyFacts,
    Trace,
    Truth,
    Work,
)
from vdlab.results.store import SCHEMA, as_json
from vdlab.tracing.spans import Doing
from vdlab.video.video import VideoFacts

TEXT = st.text(max_size=12)
COUNT = st.integers(0, 2**53)
SOME = st.integers(1, 2**20)
SECONDS = st.floats(0, 1e6)
POSITIVE = st.floats(1e-9, 1e6)
RATE = st.sampled_from([0.5, 2.0, 29.97])
MOMENT = st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1)).map(
    lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}+00:00"
)
NAME = st.text("abc-9", min_size=1, max_size=12).map(lambda text: f"a{text}")
MAYBE_COUNT = st.none() | COUNT

SETTING = st.builds(Setting, st.sampled_from(["sequential", "threads", "mine"]), SOME, RATE, SOME)


def measurements(setting: Setting) -> st.SearchStrategy[Measurement]:
    """Anything that may be known of a setting."""
    run = st.builds(
        Run,
        st.just(setting),
        SOME,
        st.sampled_from(["warmup", "timed", "control", "disturbed"]),
        COUNT,
        st.sampled_from(records.VERDICTS),
        began=SECONDS,
        seconds=st.none() | POSITIVE,
        cpu_seconds=st.none() | SECONDS,
        detail=TEXT,
        differing=MAYBE_COUNT,
        first_differing=MAYBE_COUNT,
        largest_difference=st.none() | st.integers(0, 255),
        notes=TEXT,
        times_checked=MAYBE_COUNT,
        wrong_times=MAYBE_COUNT,
        first_wrong_time=MAYBE_COUNT,
        others=st.none() | st.floats(0, 1e6),
    )
    doing = st.sampled_from(["starting", "seeking", "decoding", "copying", "working"])
    spans = st.lists(st.builds(span, COUNT, doing, SECONDS, SECONDS, COUNT), max_size=3).map(tuple)
    return st.builds(
        Measurement,
        st.just(setting),
        st.lists(run, max_size=3),
        st.none() | st.builds(Trace, st.just(setting), SECONDS, spans),
        st.none() | st.builds(Peak, st.just(setting), COUNT, SOME),
        st.none() | decoded(st.just(setting)),
    )


def span(worker: int, doing: Doing, one: float, other: float, frames: int) -> Span:
    return Span(worker, doing, min(one, other), max(one, other), frames)


def decoded(setting: st.SearchStrategy[Setting]) -> st.SearchStrategy[Decoded]:
    return st.builds(Decoded, setting, COUNT, COUNT, COUNT, st.text("0123456789", max_size=9))


@st.composite
def results(draw: st.DrawFn) -> Results:
    """Anything that a sweep may leave behind."""
    measured = draw(st.lists(SETTING, unique=True, max_size=3))
    fps = tuple(dict.fromkeys([*(one.fps for one in measured), draw(RATE)]))
    plan = Plan(
        fps=fps,
        strategies=tuple(draw(st.lists(NAME, min_size=1, max_size=3))),
        workers=draw(st.dictionaries(NAME, st.lists(SOME, max_size=3).map(tuple), max_size=3)),
        ffmpeg_threads=tuple(draw(st.lists(SOME, min_size=1, max_size=2))),
        repeats=draw(SOME | st.just("auto")),
        budget_seconds=draw(st.none() | POSITIVE),
        warmup=draw(COUNT),
        seek_mode=draw(st.sampled_from(["approximate", "exact"])),
        truth=draw(st.none() | st.booleans() | st.integers(2, 10**6)),
        trace=draw(st.booleans()),
        memory=draw(st.booleans()),
        seed=draw(COUNT),
        control=draw(st.booleans()),
        practical=draw(st.floats(1e-3, 1)),
        looks=draw(st.integers(1, 1000)),
    )
    gpu = st.builds(Gpu, TEXT, SOME, COUNT, st.none() | TEXT, st.none() | TEXT)
    ffmpeg = st.builds(FFmpegFacts, TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=2))
    machine = st.builds(
        MachineFacts,
        SOME,
        st.none() | TEXT,
        gpu=st.none() | gpu,
        versions=st.dictionaries(TEXT, st.none() | TEXT, max_size=2),
        ffmpeg=st.none() | ffmpeg,
        load=st.lists(SECONDS, max_size=3).map(tuple),
    )
    facts = st.builds(StrategyFacts, TEXT, TEXT, st.sampled_from(["built in", "cell", "file"]))
    work = st.builds(
        Work,
        RATE,
        COUNT,
        COUNT,
        st.lists(decoded(SETTING), max_size=2).map(tuple),
        MAYBE_COUNT,
        TEXT,
        COUNT,
        st.text("KIPBipb?", max_size=9),
        st.text("01", max_size=9),
    )
    return Results(
        video=draw(st.builds(VideoFacts, TEXT, TEXT, SOME, SOME, POSITIVE, SOME, SECONDS, st.none() | SECONDS, COUNT)),
        machine=draw(machine),
        plan=plan,
        version=draw(TEXT),
        started=draw(MOMENT),
        finished=draw(st.none() | MOMENT),
        measurements=[draw(measurements(one)) for one in measured],
        references=draw(st.lists(st.builds(Reference, RATE, TEXT, TEXT, TEXT), max_size=2)),
        truths=draw(st.lists(st.builds(Truth, RATE, NAME, COUNT, COUNT, COUNT, MAYBE_COUNT, TEXT), max_size=2)),
        cautions=draw(st.lists(st.builds(Caution, TEXT, TEXT, TEXT), max_size=2)),
        strategies=draw(st.dictionaries(NAME, facts, max_size=2)),
        work=draw(st.lists(work, max_size=2)),
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(results())
def test_what_is_saved_is_what_is_loaded(saved: Results) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = saved.save(Path(folder) / "results.json")
        assert Results.load(path) == saved
        assert as_json(Results.load(path)) == path.read_bytes()


THREADS, LINEAR = Setting("threads", 2, 2.0), Setting("linear", 2, 2.0)


@pytest.mark.parametrize(
    ("measured", "says"),
    [
        ([Measurement(THREADS), Measurement(THREADS)], "a setting has more than one measurement"),
        ([Measurement(THREADS, [builders.run(LINEAR)])], "threads x2 holds a record of another setting"),
        ([Measurement(THREADS, peak=Peak(LINEAR, 2, 1))], "threads x2 holds a record of another setting"),
        ([Measurement(replace(THREADS, fps=5.0))], "threads x2 was measured at 5 fps, which was not planned"),
    ],
)
def test_results_that_contradict_themselves_are_refused_here_and_in_a_file(
    measured: list[Measurement], says: str, tmp_path: Path
) -> None:
    sound = builders.results({THREADS: [1.0], LINEAR: [1.0]})
    with pytest.raises(ValueError, match=says):
        replace(sound, measurements=measured)
    content = msgspec.to_builtins(sound)
    content["measurements"] = msgspec.to_builtins(measured)
    (tmp_path / "run.json").write_bytes(msgspec.json.encode({"schema": SCHEMA, **content}))
    with pytest.raises(VDLabError, match=f"is damaged: .*{says}"):
        Results.load(tmp_path / "run.json")
