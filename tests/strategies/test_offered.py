"""Strategies that not every machine can run: refused by name, with the reason, and left out of lists."""

from collections.abc import Sequence

import pytest
import torch
from torchcodec import FrameBatch

from vdlab.cli.doctor import examine
from vdlab.decoding import decode
from vdlab.errors import SettingsError
from vdlab.machine.gpu import no_gpu
from vdlab.strategies import STRATEGIES, find, offered, strategy
from vdlab.video import Video


@pytest.fixture
def elsewhere() -> str:
    @strategy("elsewhere", "Needs what nobody has", unavailable=lambda: "there is no such machine")
    def decode(video: Video, indices: Sequence[int], workers: int) -> FrameBatch:
        raise NotImplementedError

    return "elsewhere"


def test_a_strategy_that_cannot_run_is_refused_with_the_reason(elsewhere: str, video: Video) -> None:
    with pytest.raises(SettingsError, match="'elsewhere' is not offered here: there is no such machine"):
        find(elsewhere)
    with pytest.raises(SettingsError, match="there is no such machine"):
        decode(video, [0], strategy=elsewhere)


@pytest.mark.parametrize("name", ["Upper", "two words", "", "-dash", "x" * 49])
def test_a_name_that_charts_and_commands_cannot_show_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="will not do; use up to 48 lower-case letters, digits and dashes"):
        strategy(name, "Mine")


def test_it_is_not_among_those_offered(elsewhere: str) -> None:
    assert elsewhere in STRATEGIES
    assert elsewhere not in offered()
    with pytest.raises(SettingsError, match="choose from sequential, ") as caught:
        find("?")
    assert elsewhere not in str(caught.value)


def test_doctor_says_why(elsewhere: str) -> None:
    (check,) = [check for check in examine() if check.name == "strategies"]
    assert check.ok
    assert "elsewhere is not offered: there is no such machine" in check.value


def test_cuda_is_offered_only_where_torchcodec_decodes_on_the_gpu(video: Video) -> None:
    reason = no_gpu()
    assert ("cuda" in offered()) == (reason is None)
    if reason is None:
        batch = decode(video, [0, 30, 49], strategy="cuda")
        assert batch.data.device.type == "cuda"
        on_cpu = decode(video, [0, 30, 49])
        assert torch.equal(batch.pts_seconds, on_cpu.pts_seconds)
        assert (batch.data.cpu().int() - on_cpu.data.int()).abs().max() <= STRATEGIES["cuda"].tolerance
    else:
        assert torch.version.cuda is None or "CUDA" in reason or "GPU" in reason
        with pytest.raises(SettingsError, match="'cuda' is not offered here"):
            decode(video, [0], strategy="cuda")
