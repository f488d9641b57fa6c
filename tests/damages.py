"""A results file, damaged as disks, editors and strangers damage them: the same damage for the same seed."""

import json
import random
from collections.abc import Callable
from typing import Any

OTHERS = (
    *(None, True, False, 0, 1, -1, -0.5, 0.5, 2**31, 2**53, 2**63, 2**64, 10**30, 1e-320, 1e-12, 1e12, 1e308, -1e308),
    *("", " ", "0", "1e9", "null", "=HYPERLINK(1)", "\x1b[2J\x07", "\u202egnp.exe", "<script>alert(1)</script>"),
    *("$\\frac{", "\x00", "a\nb", "K" * 5_000, "0000-00-00T00:00:00Z", "2026-02-30T00:00:00+00:00", "../../etc/passwd"),
    *([], {}, [[]], [None], {"": None}, [0] * 2_000),
)
"""What a value is exchanged for."""

TOKENS = (
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"1e999",
    b"-1e999",
    b"0x10",
    b"01",
    b"1.",
    b"9" * 400,
    b"\xff",
    b'"\\ud800"',
)
"""What no JSON has, and some programs write."""

Path = tuple[str | int, ...]


def damaged(sound: bytes, seed: int) -> bytes:
    """The file with one damage, or a few."""
    rng = random.Random(seed)
    return KINDS[seed % len(KINDS)](sound, rng)


def cut(sound: bytes, rng: random.Random) -> bytes:
    return sound[: rng.randrange(len(sound))]


def bits(sound: bytes, rng: random.Random) -> bytes:
    content = bytearray(sound)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def digits(sound: bytes, rng: random.Random) -> bytes:
    """Another digit, sign or exponent in a number: the kind of damage that stays JSON."""
    content = bytearray(sound)
    for _ in range(rng.choice((1, 3, 10))):
        places = [at for at, letter in enumerate(content) if letter in b"0123456789"]
        content[rng.choice(places)] = rng.choice(b"0123456789-e.")
    return bytes(content)


def token(sound: bytes, rng: random.Random) -> bytes:
    at = sound.index(b": ", rng.randrange(len(sound) - 200)) + 2
    end = min(sound.index(mark, at) for mark in (b",", b"\n"))
    return sound[:at] + rng.choice(TOKENS) + sound[end:]


def other_type(sound: bytes, rng: random.Random) -> bytes:
    return edited(sound, rng, lambda holder, key: holder.__setitem__(key, rng.choice(OTHERS)))


def null(sound: bytes, rng: random.Random) -> bytes:
    return edited(sound, rng, lambda holder, key: holder.__setitem__(key, None))


def gone(sound: bytes, rng: random.Random) -> bytes:
    return edited(sound, rng, lambda holder, key: holder.__delitem__(key))


def number(sound: bytes, rng: random.Random) -> bytes:
    """A number of the same type that no machine measures, or that is at the very edge of what some do."""

    def change(holder: Any, key: str | int) -> None:
        if isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            factor = rng.choice((-1, 0, 2, 1000, 10**6, 10**9, 10**12, 10**18))
            holder[key] = type(holder[key])(holder[key] * factor if factor else 0)

    return edited(sound, rng, change, times=rng.choice((1, 5, 20)))


def twice(sound: bytes, rng: random.Random) -> bytes:
    def change(holder: Any, key: str | int) -> None:
        if isinstance(holder, list):
            holder.extend([holder[key]] * rng.choice((1, 1, 2_000)))
        else:
            holder[f"{key} "] = holder[key]

    return edited(sound, rng, change)


def swapped(sound: bytes, rng: random.Random) -> bytes:
    """A value with one from elsewhere in the file."""
    content = json.loads(sound)
    (one, first), (other, second) = (place(content, rng.choice(places(content))) for _ in range(2))
    one[first] = json.loads(json.dumps(other[second]))
    return json.dumps(content).encode()


def text(sound: bytes, rng: random.Random) -> bytes:
    """Bytes in a text that are no UTF-8, or half of it."""
    at = sound.index(b'"', rng.randrange(len(sound) - 200)) + 1
    return (
        sound[:at]
        + rng.choice((b"\xe2\x80", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\xaf", b"\\u", b"\\x1b"))
        + sound[at:]
    )


def deep(sound: bytes, rng: random.Random) -> bytes:
    """Thousands of brackets, where a value was or as one that nobody knows."""
    depth = rng.choice((100, 1_000, 200_000))
    nest = rng.choice((b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth, b"[" * depth))
    if rng.random() < 0.3:
        return nest
    if rng.random() < 0.5:
        return b'{"unknown": ' + nest + b"," + sound[1:]
    at = sound.index(b": ", rng.randrange(len(sound) - 200)) + 2
    return sound[:at] + nest + sound[min(sound.index(mark, at) for mark in (b",", b"\n")) :]


KINDS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(cut, bits, digits, digits, token, other_type, other_type, other_type, null, gone),
    *(number, number, twice, swapped, swapped, text, deep),
)


def edited(sound: bytes, rng: random.Random, change: Callable[[Any, Any], object], times: int = 1) -> bytes:
    """The file after some of its values have been changed."""
    content = json.loads(sound)
    for _ in range(times):
        change(*place(content, rng.choice(places(content))))
    return json.dumps(content).encode()


def places(value: Any, path: Path = ()) -> list[Path]:
    """Where every value in it is; what is deep in the file no more often than what is not: lists count a few times."""
    if isinstance(value, dict):
        return [found for key in value for found in [(*path, key), *places(value[key], (*path, key))]]
    if isinstance(value, list):
        few = sorted({0, len(value) // 2, len(value) - 1} & set(range(len(value))))
        return [found for key in few for found in [(*path, key), *places(value[key], (*path, key))]]
    return []


def place(content: Any, path: Path) -> tuple[Any, str | int]:
    """What holds the value, and by which key."""
    for key in path[:-1]:
        content = content[key]
    return content, path[-1]
