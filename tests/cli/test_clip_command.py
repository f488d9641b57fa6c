import pytest
from typer.testing import CliRunner

from vdlab import clips
from vdlab.cli.clip import app
from vdlab.errors import SettingsError, VideoError


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_make_repeat_info(tmp_path):
    clip, long = tmp_path / "[red]a clip.mp4", tmp_path / "long.mkv"
    made = run("make", clip, "--size", "160x96", "--seconds", "1", "--gop", "10", "--option", "crf=30")
    assert str(clip) in made
    run("repeat", clip, "3", long)
    facts = run("info", clip)
    for fact in (str(clip), "160x96", "h264", "25", "1.00 s", "5 / 10 / 10 frames", "0, 10, 20", "yuv420p"):
        assert fact in facts
    assert "video streams" not in facts
    assert "75" in run("info", long)


def test_info_of_a_codec_whose_frames_are_not_understood(tmp_path):
    clip = clips.make(tmp_path / "clip.avi", width=160, height=96, seconds=1, codec="msmpeg4v2")
    assert "not known for this codec" in run("info", clip)


def test_a_name_that_begins_with_a_dash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("make", "--size", "160x96", "--seconds", "0.2", "--", "-clip.mp4")
    assert "160x96" in run("info", "--", "-clip.mp4")


@pytest.mark.parametrize(
    "arguments",
    [
        ("make", "x.mp4", "--size", "large"),
        ("make", "x.mp4", "--fps", "1/0"),
        ("make", "x.mp4", "--option", "crf"),
        ("make", "x.mp4", "--codec", "nonsense"),
    ],
)
def test_bad_settings_are_errors_of_ours(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError):
        run(*arguments)
    with pytest.raises(VideoError):
        run("info", "missing.mp4")
    assert not list(tmp_path.iterdir())
