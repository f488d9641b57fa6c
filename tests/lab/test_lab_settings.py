"""Settings of the lab from code: taken as the command line takes them, refused in a line, remembered, and copied."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import vdlab
from vdlab.errors import SettingsError, VideoError
from vdlab.lab.settings import Settings, chosen, memory_file, remember, remembered

USUAL = Settings(Path("/videos/talk.mp4"), threads=(1, 2), processes=(2,), ffmpeg_threads=(2,))


@pytest.fixture(autouse=True)
def own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VDLAB_RESULTS", str(tmp_path / "results"))


@pytest.mark.parametrize(
    ("choices", "fields"),
    [
        ({"fps": "5, 0.5"}, {"fps": (0.5, 5)}),
        ({"fps": 4}, {"fps": (4,)}),
        ({"fps": ["2", 1]}, {"fps": (1, 2)}),
        ({"strategies": "threads, sequential"}, {"strategies": ("threads", "sequential")}),
        ({"strategies": ["threads"]}, {"strategies": ("threads",)}),
        ({"workers": "2,1"}, {"threads": (1, 2), "processes": (1, 2), "ffmpeg_threads": (1, 2)}),
        ({"workers": 3}, {"threads": (3,), "processes": (3,), "ffmpeg_threads": (3,)}),
        ({"workers": "threads=4"}, {"threads": (4,)}),
        ({"workers": ["threads=4", "processes=1,3"]}, {"threads": (4,), "processes": (1, 3)}),
        ({"workers": {"pruned-threads": [4], "ffmpeg-threads": "8"}}, {"threads": (4,), "ffmpeg_threads": (8,)}),
        ({"workers": {"threads": "1,2", "pruned-threads": [2, 1]}}, {"threads": (1, 2)}),
        ({"workers": None}, {}),
        ({"ffmpeg_threads": "1,2"}, {"ffmpeg_threads": (1, 2)}),
        ({"repeats": "3"}, {"repeats": 3}),
        ({"repeats": "auto", "budget": 30}, {"repeats": "auto", "budget_seconds": 30}),
        ({"truth": True, "seek_mode": "exact", "seed": 7}, {"truth": True, "seek_mode": "exact", "seed": 7}),
        ({"video": "/videos/other.mp4"}, {"video": Path("/videos/other.mp4")}),
    ],
)
def test_choices_are_taken_as_the_command_line_takes_them(choices: Mapping[str, Any], fields: dict[str, Any]) -> None:
    assert chosen(USUAL, choices) == replace(USUAL, **fields)


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"fsp": 2}, r"the lab has no setting 'fsp'; did you mean fps\?"),
        ({"fps": "two"}, "fps='two' will not do; 2 or 0.5,2 would"),
        ({"fps": None}, "fps=None will not do; 2 or 0.5,2 would"),
        ({"strategies": "thread"}, "unknown strategy 'thread'; did you mean threads"),
        ({"workers": "some"}, "workers='some' will not do; 1,2 or threads=1,2 would"),
        ({"workers": {"thread": 2}}, "unknown strategy 'thread'; did you mean threads"),
        (
            {"workers": {"threads": 1, "pruned-threads": 2}},
            "one row of counts .* give pruned-threads the same as those",
        ),
        ({"video": 3}, "video=3 will not do: it is the path of a file"),
        ({"seek_mode": "quick"}, "seek_mode='quick' will not do; approximate or exact would"),
        ({"repeats": "many"}, "repeats='many' will not do"),
        ({"trace": "perhaps"}, "trace='perhaps' will not do: expected bool, got str"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(choices: Mapping[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as said:
        chosen(USUAL, choices)
    assert "\n" not in str(said.value)


def test_a_video_in_memory_is_no_file(clip: Path) -> None:
    with pytest.raises(SettingsError, match="this video is in memory; write it to a file first"):
        chosen(USUAL, {"video": vdlab.Video.open(clip.read_bytes())})


def test_a_lab_drops_nothing_of_what_it_is_given(clip: Path) -> None:
    lab = vdlab.Lab(str(clip), fps="3,40", strategies="threads", workers=48, repeats=12, warmup=7, practical=0.03)
    found = lab.settings
    assert (found.video, found.fps, found.strategies) == (clip, (3, 40), ("sequential", "threads"))
    assert (found.threads, found.repeats, found.warmup, found.practical) == ((48,), 12, 7, 0.03)
    lab.settings = {"video": str(clip), "fps": 4}
    assert lab.settings == replace(found, fps=(4,))
    lab.settings = replace(lab.settings, budget_seconds=77)
    assert lab.settings.budget_seconds == 77


def test_a_lab_changes_nothing_where_one_thing_cannot_be_used(clip: Path) -> None:
    lab = vdlab.Lab(clip, strategies="threads", workers=2)
    before = lab.settings
    for wrong in ({"fps": 4, "strategies": "thread"}, {"fps": 4, "threads": []}, {"fps": 0}):
        with pytest.raises(SettingsError):
            lab.settings = wrong
        assert lab.settings == before
    with pytest.raises(VideoError, match=r"nowhere\.mp4: cannot be opened"):
        lab.settings = {"fps": 4, "video": "/nowhere.mp4"}
    assert lab.settings == before
    with pytest.raises(VideoError):
        vdlab.Lab("/nowhere.mp4")


def test_a_notebook_shows_the_line_and_no_stack(capsys: pytest.CaptureFixture[str]) -> None:
    shell = InteractiveShell()
    shell.run_cell("import vdlab\nvdlab.sample(0, fps=-1) if 0 else vdlab.Video.open('/nowhere.mp4')")
    assert capsys.readouterr().out.strip().startswith("VideoError: /nowhere.mp4: cannot be opened")


def test_settings_outlive_the_kernel_whole() -> None:
    wanted = chosen(USUAL, {"fps": "2,5", "workers": 3, "truth": False, "seed": 5, "budget": 33})
    assert remembered() is None
    remember(wanted)
    assert remembered() == wanted
    memory_file().write_text("{")
    assert remembered() is None


def test_only_what_is_chosen_by_hand_is_remembered(clip: Path) -> None:
    lab = vdlab.Lab(clip, strategies="threads", workers=2)
    lab.settings = {"fps": 5}
    assert remembered() is None
    lab._cards[1].widget.children[1].children[1].children[0].value = True  # 0.5 frames per second
    left = lab.settings
    assert left.fps == (0.5, 5)
    again = vdlab.Lab()
    assert again.settings == left
    assert vdlab.Lab(clip).settings.fps == (2,)


def test_what_was_left_and_is_not_there_any_more_is_said(clip: Path) -> None:
    remember(replace(USUAL, video=clip, strategies=("sequential", "mine")))
    lab = vdlab.Lab()
    assert lab.settings.strategies == ("sequential",)
    assert "mine is left out until its cell has been run in this kernel" in lab._message.value
    remember(replace(USUAL, video=clip.with_name("gone.mp4")))
    lab = vdlab.Lab()
    assert lab.settings.video.name == "clip_x3.mp4"
    assert "gone.mp4: cannot be opened" in lab._message.value


def test_settings_as_code_are_those_settings(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = vdlab.Lab(clip, fps="1,5", strategies="threads", workers=3, repeats=2, memory=False, truth=True)
    opens, sweeps = lab.settings.code.splitlines()
    assert opens in lab._code.children[1].value.replace("&#x27;", "'")
    assert eval(opens, {"vdlab": vdlab}).settings == lab.settings
    asked: dict[str, Any] = {}
    monkeypatch.setattr(vdlab, "sweep", lambda video, **given: asked.update(given), raising=False)
    eval(sweeps, {"vdlab": vdlab})
    assert asked == {
        "fps": (1, 5),
        "strategies": ("sequential", "threads"),
        "workers": {"threads": (3,)},
        "ffmpeg_threads": 3,
        "repeats": 2,
        "truth": True,
        "memory": False,
    }
