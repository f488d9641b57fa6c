"""Cautions once for all settings, in the words of where they are read; noise and repeated rounds in sentences."""

from builders import add, results, run

from vdlab.results.records import Caution, Remedy, Results
from vdlab.results.statistics import Ratio
from vdlab.results.verdict import Warned, from_to, words_of_cautions, words_of_noise, words_of_speed

MORE = Remedy("raise --repeats above 3", "choose more than 3 repeats", "raise repeats above 3")


def test_the_same_caution_of_many_settings_is_one_line_that_names_them() -> None:
    settings = [f"threads x{count}" for count in range(1, 9)]
    found = [
        Caution("spread", f"its runs spread over {10 * count}% of their median", setting, MORE)
        for count, setting in enumerate(settings, start=2)
    ]
    found.insert(1, Caution("busy", "the machine was 30% busy", "", Remedy("close", "close it", "close them")))
    spread, busy = words_of_cautions(found, "lab")
    assert spread == Warned(
        f"each of {', '.join(settings[:-1])} and threads x8: its runs spread over 20 to 90% of their median; "
        "choose more than 3 repeats",
        tuple(settings),
    )
    assert busy == Warned("the machine was 30% busy; close it", ())
    assert words_of_cautions(found, "command")[0].sentence.endswith("; raise --repeats above 3")
    assert words_of_cautions(found, "code")[0].sentence.endswith("; raise repeats above 3")


def test_what_is_not_the_same_keeps_a_line_of_its_own() -> None:
    found = [
        Caution("trace", "no timeline: killed by signal 9", "threads x2"),
        Caution("trace", "no timeline: killed by signal 11", "threads x4"),
        Caution("trace", "no timeline: ValueError 1.2.3", "mine x1"),
    ]
    assert [one.sentence for one in words_of_cautions(found, "command")] == [
        "each of threads x2 and threads x4: no timeline: killed by signal 9 to 11",
        "mine x1: no timeline: ValueError 1.2.3",
    ]


def test_figures_go_from_the_least_to_the_greatest() -> None:
    assert from_to(["took 1,200.5 s of 3", "took 90 s of 3", "took 100 s of 3"]) == "took 90 to 1,200.5 s of 3"
    assert from_to(["nothing"]) == "nothing"


def test_an_interval_that_says_nothing_is_not_printed() -> None:
    assert str(Ratio(1.25, 0.02, 77.68)) == "1.25x [too wide]"
    assert str(Ratio(1.25, None, None)) == "1.25x [one round]"
    assert str(Ratio(1.25, 0.9, 1.61)) == "1.25x [0.90, 1.61]"
    assert "[0." not in "".join(words_of_speed(results({"sequential": [1.0, 9.0], "threads": [1.2, 1.0]}), 2.0))


def with_control(twins: list[float], **fields: object) -> Results:
    measured = results({"sequential": [2.0, 2.0, 2.0], "threads": [1.0, 1.0, 1.0]}, **fields)
    return add(measured, *(run("threads", twin, phase="control", round=n) for n, twin in enumerate(twins, start=1)))


def test_noise_is_how_much_a_setting_differs_from_itself() -> None:
    (said,) = words_of_noise(with_control([1.01, 0.99, 1.0]), 2.0)
    assert said.startswith("on this machine, now, 3% is noise: threads x2, entered twice, was 1.00x [0.98, 1.03]")
    (said,) = words_of_noise(with_control([1.0, 9.0, 0.1]), 2.0)
    assert said.endswith("was 1.00x [too wide] as fast as itself; close other programs and run again")
    (said,) = words_of_noise(results({"threads": [1.0]}), 2.0)
    assert said == "how much is noise on this machine is not known: no setting was entered twice"
    assert list(words_of_noise(results(), 2.0)) == []


def test_rounds_that_others_disturbed_are_named() -> None:
    measured = with_control([1.0, 1.0, 1.0])
    hits = [(2, 0.8), (2, 1.6), (3, 1.2)]
    add(measured, *(run("threads", 4.0, phase="disturbed", round=number, others=others) for number, others in hits))
    assert list(words_of_noise(measured, 2.0))[1:] == [
        "rounds 2 and 3 were repeated: other programs took up to 1.6 CPUs meanwhile"
    ]
    assert measured.of(measured.measurements[1].setting).median == 1.0, "what was disturbed is in no median"
