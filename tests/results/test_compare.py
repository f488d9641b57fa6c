"""Two runs side by side: known ratios are found, equal runs are not told apart, different work is refused."""

import copy
from dataclasses import replace

import builders
import numpy as np
import pytest
from builders import noisy
from scipy.stats import mannwhitneyu

from vdlab import charts
from vdlab.errors import SettingsError
from vdlab.report.html import comparison_html
from vdlab.report.markdown import comparison_markdown
from vdlab.results.compare import compare, labels
from vdlab.results.judgement import call_of
from vdlab.results.records import Results
from vdlab.results.statistics import _rank_sum_cdf, unpaired_ratio


def scaled(results: Results, factor: float, hostname: str = "server") -> Results:
    """The same work on another machine, that takes `factor` times as long."""
    seconds = {one.setting: [factor * each for each in one.seconds] for one in results.measurements}
    return builders.results(seconds, plan=results.plan, machine=replace(results.machine, hostname=hostname))


def test_a_known_ratio_is_found(measured: Results) -> None:
    found = compare(measured, scaled(measured, 0.5))
    assert [pair.ratio.value for pair in found.pairs] == pytest.approx([2.0, 2.0, 2.0])
    assert all(pair.ratio.low <= 2 <= pair.ratio.high for pair in found.pairs)
    assert {pair.call for pair in found.pairs} == {"faster"}
    assert found.pairs[0].words.startswith("server is faster than laptop: 2.00x [")
    assert found.verdict.startswith("laptop at its best (threads x2) and server at its best (threads x2): server is")
    assert found.verdict.endswith(found.pairs[1].words), "one ratio has one interval"


def test_a_slower_run_is_said_with_the_ratio_of_the_table(measured: Results) -> None:
    pair = compare(measured, scaled(measured, 4)).pairs[0]
    assert pair.call == "slower"
    assert pair.words.startswith("server is slower than laptop: 0.25x [0.2")


def test_identical_runs_cannot_be_told_apart(measured: Results) -> None:
    found = compare(measured, copy.deepcopy(measured))
    assert {pair.call for pair in found.pairs} == {"unclear"}
    assert "cannot tell" in found.verdict
    assert not found.surroundings


def test_rounds_of_two_sittings_are_not_paired(measured: Results) -> None:
    """Times that rise in step would give an interval without width if they were."""
    ratio = compare(measured, scaled(measured, 0.5)).pairs[0].ratio
    assert ratio.low < ratio.value < ratio.high


NOISES = {
    "a shared machine": lambda rng, rounds: noisy(rng, rounds, 1)[:, 0],
    "a long tail": lambda rng, rounds: 1 + rng.pareto(1.5, rounds),
}


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("rounds", [(3, 3), (5, 5), (10, 10), (2, 7), (3, 10)])
def test_two_sittings_of_one_strategy_are_called_different_in_1_of_20_at_most(
    rounds: tuple[int, int], noise: str
) -> None:
    rng = np.random.default_rng(sum(rounds))
    times = ([NOISES[noise](rng, count) for count in rounds] for _ in range(2_000))
    calls = [call_of(unpaired_ratio(*time)) for time in times]
    missed = calls.count("faster") + calls.count("slower")
    print(f"{rounds} rounds, {noise}: called different in {missed} of 2000")
    assert missed <= 2_000 * 0.05 + 3 * np.sqrt(2_000 * 0.05 * 0.95)


@pytest.mark.parametrize(("rounds", "share"), [(3, 0.6), (5, 0.9), (10, 0.99)])
def test_a_planted_slowdown_between_two_sittings_is_found(rounds: int, share: float) -> None:
    rng = np.random.default_rng(rounds)
    times = ((np.exp(rng.normal(0, 0.03, rounds)), 1.1 * np.exp(rng.normal(0, 0.03, rounds))) for _ in range(500))
    found = [call_of(unpaired_ratio(*time)) for time in times]
    assert found.count("slower") >= share * 500
    assert "faster" not in found


def test_the_interval_of_two_sittings_is_the_textbooks() -> None:
    """Hollander, Wolfe and Chicken 2014, example 4.1: tritiated water through the chorioamnion."""
    term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    early = [1.15, 0.88, 0.90, 0.74, 1.21]
    found = mannwhitneyu(term, early, method="exact")
    assert _rank_sum_cdf(len(early), len(term))[int(50 - found.statistic)] * 2 == pytest.approx(found.pvalue)
    ratio = unpaired_ratio(np.exp(term), np.exp(early))
    # The interval holds just the shifts that the test does not refuse.
    inside, outside = (np.log(ratio.low) + step for step in (1e-9, -1e-9))
    refused = [mannwhitneyu(term, np.add(early, shift), method="exact").pvalue for shift in (inside, outside)]
    assert refused[0] > 0.05 >= refused[1]


def test_one_round_decides_nothing(measured: Results) -> None:
    once = builders.results({one.setting: one.seconds[:1] for one in measured.measurements})
    found = compare(once, scaled(once, 0.1))
    assert {pair.call for pair in found.pairs} == {"unclear"}
    assert all(pair.words.endswith("10.00x [one round] as fast") for pair in found.pairs)
    assert found.verdict == "cannot tell yet what is the fastest of laptop and of server"
    assert found.slower_by(0) == []
    assert any("in 5 rounds or more" in caution for caution in found.cautions)


@pytest.mark.parametrize(
    ("record", "changed", "says"),
    [("video", {"codec": "hevc"}, "codec: h264 and hevc"), ("plan", {"seek_mode": "exact"}, "seek mode")],
)
def test_different_work_is_refused_in_one_line(
    measured: Results, record: str, changed: dict[str, str], says: str
) -> None:
    other = scaled(measured, 1)
    setattr(other, record, replace(getattr(other, record), **changed))
    with pytest.raises(SettingsError, match=says) as caught:
        compare(measured, other)
    assert "\n" not in str(caught.value)
    assert "--anyway" in str(caught.value)
    found = compare(measured, other, anyway=True)
    assert says in found.cautions[0]


def test_another_rate_or_number_of_frames_is_other_work(measured: Results) -> None:
    rate = replace(measured, plan=replace(measured.plan, fps=(2.0, 5.0)))
    frames = builders.results({one.setting: one.seconds for one in measured.measurements}, frames=99)
    with pytest.raises(SettingsError, match="fps: 2 and 2, 5"):
        compare(measured, rate)
    with pytest.raises(SettingsError, match="frames at 2 fps: 100 and 99"):
        compare(measured, frames)


def test_nothing_in_common_is_one_line(measured: Results) -> None:
    other = replace(measured, measurements=[])
    with pytest.raises(SettingsError, match="no setting in common"):
        compare(measured, other)


def test_what_differs_between_machines_and_settings_is_listed(measured: Results) -> None:
    other = scaled(measured, 1)
    other.machine = replace(other.machine, versions={"torch": "2.14.2"}, load=(3.0, 2.0, 1.0))
    other.plan = replace(other.plan, repeats=5, trace=True)
    assert list(map(str, compare(measured, other).surroundings)) == [
        "machine hostname: laptop and server",
        "machine versions torch: 2.14.1 and 2.14.2",
        "plan repeats: 3 and 5",
    ]


def test_labels_tell_runs_apart(measured: Results) -> None:
    later = replace(measured, started="2026-01-02T03:04:05+00:00")
    assert labels([measured, scaled(measured, 1)]) == ["laptop", "server"]
    assert labels([measured, later]) == ["laptop, 2026-01-01 00:00:00", "laptop, 2026-01-02 03:04:05"]
    assert len(set(labels([measured, measured]))) == 2


def test_names_are_text_in_a_comparison(measured: Results) -> None:
    found = compare(measured, scaled(measured, 0.5, "<script>alert(1)</script>"))
    assert "<script" not in comparison_html(found)
    assert "<script" not in comparison_markdown(found)
    assert "| threads x2 | 2 | 1.050 | 0.525 | 2.00x \\[" in comparison_markdown(found)


def test_the_chart_has_a_pattern_a_run(measured: Results) -> None:
    ax = charts.compare([measured, scaled(measured, 0.5), scaled(measured, 0.25, "cluster")])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["laptop", "server", "cluster"]
    assert len({bars[0].get_hatch() for bars in ax.containers}) == 3
    many = charts.compare([scaled(measured, 1, f"node {number}") for number in range(20)])
    looks = [handle[0] for handle in many.get_legend_handles_labels()[0]]
    assert len({(bar.get_facecolor(), bar.get_hatch()) for bar in looks}) == 20
