"""One sweep, one judgement: terminal, lab, page, Markdown, script, chart and comparison say the same of it.

`pytest -rP tests/results/test_one_judgement.py` shows them side by side.
"""

import html as markup
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import builders
import numpy as np
import pytest
from builders import add, machine, plan, run

from vdlab import charts, report
from vdlab.cli.bench import print_results
from vdlab.cli.compare import print_compared
from vdlab.lab.tabs import View, tabs
from vdlab.report.facts import rows
from vdlab.report.markdown import comparison_markdown
from vdlab.results.compare import compare
from vdlab.results.judgement import Judgement, in_words, standing
from vdlab.results.records import Caution, Remedy, Results, Setting

FPS, ROUNDS = 2.0, 8
RATIO = re.compile(r"(\d+\.\d\dx \[[^\]]+\]) as fast")


def sweep(middles: dict[str, float], rounds: int = ROUNDS, spread: float = 0.01, control: bool = True) -> Results:
    """Rounds of these medians that spread by a fraction; the first setting is the control too."""
    rng = np.random.default_rng(1)
    times = {name: (middle * np.exp(rng.normal(0, spread, rounds))).tolist() for name, middle in middles.items()}
    found = builders.results(times, plan=plan(list(times), repeats=rounds, control=control))
    if not control:
        return found
    twins = (middles["sequential"] * np.exp(rng.normal(0, spread, rounds))).tolist()
    runs = [run("sequential", twin, phase="control", round=number) for number, twin in enumerate(twins, start=1)]
    return add(found, *runs)


def disturbed() -> Results:
    """Far too much noise for three rounds, two of which a neighbour hit at first."""
    found = sweep({"sequential": 2.0, "threads": 1.6, "pruned-threads": 1.5}, 3, 2.0)
    hit = [run("threads", 5.0, phase="disturbed", round=number, others=1.4) for number in (1, 3)]
    remedy = Remedy("raise --budget", "allow more time", "raise budget_seconds")
    for name, percent in (("threads x2", 90), ("pruned-threads x2", 120), ("sequential x1", 75)):
        found.cautions.append(Caution("spread", f"its runs spread over {percent}% of their median", name, remedy))
    return add(found, *hit)


def failed() -> Results:
    """The fastest failed once, another returned wrong frames, and nobody entered a control."""
    found = sweep({"sequential": 2.0, "threads": 1.0, "pruned-threads": 0.5, "processes": 0.7}, control=False)
    killed = run("pruned-threads", round=9, verdict="failed", detail="killed by signal 9")
    return add(found, killed, run("processes", 0.7, round=9, verdict="differs", detail="differs: 1 of 100 frames"))


SWEEPS: dict[str, Callable[[], Results]] = {
    "a clear winner": lambda: sweep({"sequential": 2.0, "threads": 1.3, "pruned-threads": 0.8}),
    "two not to be told apart": lambda: sweep({"sequential": 2.0, "threads": 1.02, "pruned-threads": 1.0}, 8, 0.04),
    "nothing faster": lambda: sweep({"sequential": 2.0, "threads": 2.5, "pruned-threads": 2.2}),
    "one round only": lambda: sweep({"sequential": 2.0, "threads": 1.0, "pruned-threads": 0.8}, 1),
    "a failed strategy": failed,
    "a noisy run": disturbed,
}
HEADLINES = {
    "a clear winner": r"pruned-threads x2 is the fastest, 2\.\d\dx \[2\.\d\d, 2\.\d\d\] as fast as sequential",
    "two not to be told apart": r"pruned-threads x2 or threads x2: too close to call, 1\.0\dx \[0\.9\d, 1\.\d\d\]; "
    r"threads x2, the simplest, is \d\.\d\dx \[\d\.\d\d, \d\.\d\d\] as fast as sequential",
    "nothing faster": r"nothing is faster than sequential",
    "one round only": r"from one round only: cannot tell which is fastest; pruned-threads x2 took the least time, .* s",
    "a failed strategy": r"threads x2 is the fastest, \d\.\d\dx \[\d\.\d\d, \d\.\d\d\] as fast as sequential",
    "a noisy run": r"cannot tell yet whether anything is faster than sequential: \S+ x2 is \d\.\d\dx \[too wide\] as "
    r"fast after 3 rounds; (about [\d,]+ more would tell|with so much noise, [\d,]+ more would not tell: .+ first)",
}
CODE = {
    "a clear winner": "pruned-threads",
    "two not to be told apart": "threads",
    "nothing faster": "sequential",
    "one round only": "sequential",
    "a failed strategy": "threads",
    "a noisy run": "sequential",
}


def plain(words: str) -> str:
    """Words without tags, escapes and breaks of lines."""
    return " ".join(in_one_line(markup.unescape(re.sub(r"<[^>]*>", " ", words))).split())


def in_one_line(words: str) -> str:
    """The words in which a script's comment, a clause a line, is a sentence again."""
    return words.removeprefix("# ").replace("\n#   ", " ").replace("\n# ", "; ")


def slower(results: Results) -> Results:
    """The same sweep on a server that takes a third longer."""
    times = {one.setting: [4 / 3 * seconds for seconds in one.seconds] for one in results.measurements}
    return builders.results(times, plan=results.plan, machine=machine(hostname="server"))


@cache
def swept(case: str) -> tuple[Results, str]:
    """A sweep, and its page."""
    results = SWEEPS[case]()
    return results, report.html(results)


def told(case: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What is said of the sweep, by where it is read."""
    found = {}
    results, page = swept(case)
    print_results(results)
    found["terminal"] = plain(capsys.readouterr().out)
    overview = tabs()[0]
    overview.draw(View(results, FPS))
    found["lab"] = plain(re.sub(r"<svg.*?</svg>", "", overview.widget.value, flags=re.DOTALL))
    found["page"] = plain(re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))
    found["markdown"] = plain(re.sub(r"\\([\[\]*_|])", r"\1", report.markdown(results)).replace("**", ""))
    found["code"] = in_one_line(report.code(results))
    compared = compare(results, slower(results))
    print_compared(compared)
    found["compare"] = plain(capsys.readouterr().out)
    found["compare, markdown"] = plain(re.sub(r"\\([\[\]*_|])", r"\1", comparison_markdown(compared)))
    return found


@pytest.mark.parametrize("case", SWEEPS)
def test_everybody_says_the_same(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    results, _ = swept(case)
    found = standing(results, FPS)
    assert re.fullmatch(HEADLINES[case], found.headline), found.headline
    for where, words in told(case, capsys).items():
        start = words.find(found.headline[1:])
        print(f"{case} | {where}: {words[start - 1 : start + 900]}\n")
        assert start >= 0, where  # but for a capital
        assert ("x2 is the fastest" in words) == ("x2 is the fastest" in found.headline), where
        if where not in ("code", "compare", "compare, markdown"):
            assert all(sentence in words for sentence in in_words(found.judgements)), where
            check_ratios(words, results)
        check_noise(case, words, where)


def check_ratios(words: str, results: Results) -> None:
    """Every ratio in a sentence is one that the table or a judgement has, whole interval and all."""
    found = standing(results, FPS)
    ratios = {str(results.speedup(one)) for one in results.measurements if one.timed}
    ratios |= {str(judgement.ratio) for judgement in found.judgements}
    if (noise := results.noise(FPS)) is not None:
        ratios.add(str(noise.ratio))
    assert set(RATIO.findall(words)) <= ratios


def check_noise(case: str, words: str, where: str) -> None:
    """The control, and the rounds that were repeated, where judgements are read."""
    if where in ("code", "compare", "compare, markdown"):
        return
    if case == "a failed strategy":
        assert "how much is noise on this machine is not known: no setting was entered twice" in words
        assert "pruned-threads x2 failed" in words
        assert "processes x2 differs" in words
    elif case == "one round only":
        assert "is not known: the control has too few rounds" in words
    elif case == "a noisy run":
        assert "on this machine, now, noise hides whatever differs: sequential x1, entered twice, was " in words
    else:
        assert re.search(r"on this machine, now, \d+% is noise: sequential x1, entered twice, was ", words), where
    if case == "a noisy run":
        assert "rounds 1 and 3 were repeated: other programs took up to 1.4 CPUs meanwhile" in words
        assert "each of threads x2, pruned-threads x2 and sequential x1: its runs spread over 75 to 120%" in words
        assert words.count("its runs spread") == 1 + (where == "page") * words.count('title="')
        assert ("allow more time" if where == "lab" else "raise --budget") in words


@pytest.mark.parametrize("case", SWEEPS)
def test_bold_rows_labels_and_code_are_those_of_the_standing(case: str) -> None:
    results, page = swept(case)
    found = standing(results, FPS)
    assert found.choice
    best = {str(one.setting) for one in found.tied} if found.told else set()
    assert {str(row.measurement.setting) for row in rows(results, FPS) if row.best} == best
    ax = charts.time(results)
    bold = {text.get_text().split()[0] for text in ax.texts if text.get_fontweight() == "bold"}
    assert bold == {f"{one.median:.2f}" for one in found.tied if found.told}
    for one in results.measurements:
        ratio = results.speedup(one)
        if one.setting.strategy != "sequential" and one.right and ratio:
            assert any(str(ratio) in text.get_text() for text in ax.texts)
    assert page.count('<tr class="best">') == len(best)
    winners = re.findall(r'<div class="tile"><b>([^<]*)</b>', page)
    assert not any("too wide" in winner or "one round" in winner for winner in winners)
    assert found.choice.setting.strategy == CODE[case]
    taken = report.code(results)
    only = builders.results({found.choice.setting: [1.0, 1.0]})
    assert taken[taken.index('"""') :] == report.code(only)[report.code(only).index('"""') :]


def test_what_cannot_be_told_of_several_is_one_sentence() -> None:
    open_calls = standing(SWEEPS["a noisy run"](), FPS).judgements[:2]
    assert [one.call for one in open_calls] == ["unclear", "unclear"]
    (sentence,) = in_words(open_calls)
    for one in open_calls:
        assert f"{one.setting} ({one.ratio} as fast)" in sentence
    assert sentence.endswith(
        f"is faster or slower than sequential x1, {max(open_calls, key=lambda one: one.more).needed}"
    )
    clear = standing(SWEEPS["a clear winner"](), FPS).judgements
    assert in_words(clear) == list(map(str, clear))


def test_a_judgement_is_of_the_pair_whoever_comes_first() -> None:
    results = SWEEPS["a clear winner"]()
    judgement = standing(results, FPS).judgements[0]
    turned = judgement.turned
    assert (turned.setting, turned.other, turned.call) == (judgement.other, judgement.setting, "slower")
    assert turned.ratio.low == pytest.approx(1 / judgement.ratio.high)
    assert turned.turned.call == judgement.call


def test_of_those_that_are_too_close_the_simplest_with_the_fewest_workers_is_taken() -> None:
    tied = sweep({"sequential": 2.0, "mine x1": 1.0, "processes x2": 1.0, "threads x4": 1.01, "threads x2": 1.0})
    found = standing(tied, FPS)
    assert {str(one.setting) for one in found.tied} == {"mine x1", "processes x2", "threads x4", "threads x2"}
    assert found.choice
    assert found.choice.setting == Setting("threads", 2, FPS)
    assert " or 2 others: " in found.headline or " and 2 others: " in found.headline


def test_sequential_is_not_taken_where_something_is_surely_faster() -> None:
    """The fastest is too noisy to be told from anything, but another is surely faster than sequential."""
    times = {
        "sequential": [2.0, 2.01, 1.99, 2.0, 2.02, 1.98, 2.0, 2.01],
        "processes": [0.9, 4.0, 0.8, 3.0, 0.7, 0.9, 5.0, 0.8],
        "threads": [1.2, 1.21, 1.19, 1.2, 1.22, 1.18, 1.2, 1.21],
    }
    found = standing(builders.results(times), FPS)
    assert found.fastest
    assert found.fastest.setting.strategy == "processes"
    assert {one.setting.strategy for one in found.tied} == {"processes", "threads"}
    assert found.choice
    assert found.choice.setting.strategy == "threads"
    assert isinstance(found.over_sequential, Judgement)
    assert found.over_sequential.call == "faster"


def test_without_a_sequential_time_no_speedup_is_claimed() -> None:
    found = standing(builders.results({"threads": [1.0, 1.0, 1.0], "processes": [2.0, 2.0, 2.0]}), FPS)
    assert found.headline == "threads x2 is the fastest; without a time of sequential there is no speedup"
    assert found.over_sequential is None
    assert standing(builders.results({"sequential": [2.0]}), FPS).headline == "only sequential was timed"
    nothing = builders.results(records=[run("threads", verdict="differs")])
    assert standing(nothing, FPS).headline == "no strategy returned the right frames"
    assert standing(replace(nothing, measurements=[]), FPS).headline == "no strategy was timed"
