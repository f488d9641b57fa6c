"""A colour means one strategy and nothing else, and readers who see no red or no green tell them apart."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from vdlab.charts.canvas import COLOURS, DOING, LOADERS, OWN, colour, ink

# What is left of linear RGB where one kind of cone is missing (Machado, Oliveira and Fernandes, 2009, severity 1).
EYES = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}
# From linear RGB to Oklab (Ottosson, 2020), in which equal distances look equally large.
CONES = [[0.4122215, 0.5363325, 0.051446], [0.2119035, 0.6806995, 0.107397], [0.0883025, 0.2817188, 0.6299787]]
OKLAB = [[0.2104543, 0.7936178, -0.0040720], [1.9779985, -2.4285922, 0.4505937], [0.0259040, 0.7827718, -0.8086758]]


def linear(tone: str) -> np.ndarray:
    rgb = np.array(to_rgb(tone))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def seen(tone: str, eyes: str) -> np.ndarray:
    light = np.clip(np.array(EYES[eyes]) @ linear(tone), 0, 1)
    return np.array(OKLAB) @ np.cbrt(np.array(CONES) @ light)


def contrast(one: str, other: str) -> float:
    dark, bright = sorted(float(linear(tone) @ (0.2126, 0.7152, 0.0722)) + 0.05 for tone in (one, other))
    return bright / dark


@pytest.mark.parametrize("eyes", EYES)
def test_any_two_colours_are_told_apart(eyes: str) -> None:
    tones = [*COLOURS.values(), *OWN]
    assert len(set(tones)) == len(tones)
    nearest = min(
        (float(np.linalg.norm(seen(one, eyes) - seen(other, eyes))), one, other)
        for one, other in itertools.combinations(tones, 2)
    )
    assert nearest[0] > 0.065, nearest


def test_colours_are_seen_on_white_and_on_the_dark_ground() -> None:
    for tone in (*COLOURS.values(), *OWN):
        assert contrast(tone, "#ffffff") > 1.65
        assert contrast(tone, "#111111") > 2.1
        assert contrast(tone, ink(tone)) > 4.5


def test_what_is_no_strategy_is_grey() -> None:
    for look in DOING.values():
        for tone in (look.get(name) for name in ("facecolor", "edgecolor")):
            assert tone in (None, "none") or len(set(to_rgb(tone))) == 1
    assert not any(len(set(to_rgb(tone))) == 1 for tone in (*COLOURS.values(), *OWN))
    looks = [(look.get("facecolor"), look.get("hatch")) for look in DOING.values()]
    assert len(set(looks)) == len(looks)


def test_own_strategies_keep_their_colour_in_every_process_and_share_none_while_there_are_some() -> None:
    script = "from vdlab.charts.canvas import OWN, colour; print(*(colour(f'own-{n}') for n in range(len(OWN))))"
    first, second = (subprocess.check_output([sys.executable, "-c", script], text=True).split() for _ in range(2))
    assert first == second
    assert set(first) == set(OWN)
    assert colour("one-too-many") == colour("one-too-many")


def test_a_loader_has_the_colour_of_a_strategy() -> None:
    assert [colour(name) for name in LOADERS] == [COLOURS[strategy] for strategy in LOADERS.values()]
