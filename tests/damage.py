"""Damaged videos, the same ones for the same seed: what disks, networks and broken programs leave of sound ones."""

import random
from collections.abc import Callable
from pathlib import Path

import av
from decoded import remuxed
from encoders import FRAGMENTED, Recipe, flagged, made, moved, svt, x264, x265

BASES: dict[str, Recipe] = {
    "x264-mp4": moved(x264(gop=20), ".mp4", options={"movflags": "faststart"}),
    "x264-mkv": x264(".mkv", gop=20, params={"open_gop": 1}),
    "x264-ts": x264(".ts", gop=20),
    "x265-mp4": moved(x265(params={"open_gop": 1}), ".mp4", options=FRAGMENTED),
    "svt-mkv": svt(".mkv"),
    "vp9-webm": made(".webm", "libvpx-vp9", gop=20),
    "mpeg4-mp4": moved(made(codec="mpeg4", gop=20, bframes=2), ".mp4", options={"movflags": "faststart"}),
    "mpeg2-ts": made(".ts", "mpeg2video", gop=15, bframes=2),
}

Rewrite = Callable[[bytearray, random.Random], bytearray]
Change = Callable[[list[av.Packet], random.Random], list[av.Packet]]


# To the bytes of a file, wherever they fall: header, index or pictures.


def flipped(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.randint(1, 40)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def zeroed(data: bytearray, chance: random.Random) -> bytearray:
    length = chance.randint(1, len(data) // 10)
    begin = chance.randrange(len(data) - length)
    data[begin : begin + length] = bytes(length)
    return data


def cut_short(data: bytearray, chance: random.Random) -> bytearray:
    return data[: chance.randint(len(data) // 10, len(data) - 1)]


def cut_out(data: bytearray, chance: random.Random) -> bytearray:
    begin = chance.randrange(len(data) // 10, len(data))
    del data[begin : begin + chance.randint(1, len(data) // 10)]
    return data


# To packets, in a container that is sound.


def pictures_flipped(packets: list[av.Packet], chance: random.Random) -> list[av.Packet]:
    """A few bits in each of three packets."""
    for number in chance.sample(range(len(packets)), 3):
        packets[number] = with_bytes(packets[number], flipped, chance)
    return packets


def pictures_zeroed(packets: list[av.Packet], chance: random.Random) -> list[av.Packet]:
    number = chance.randrange(1, len(packets))
    packets[number] = with_bytes(packets[number], zeroed, chance)
    return packets


def with_bytes(packet: av.Packet, rewrite: Rewrite, chance: random.Random) -> av.Packet:
    """The packet with other bytes, but for its first quarter: muxers refuse what does not look like its codec."""
    data = bytearray(bytes(packet))
    first = max(10, len(data) // 4)
    copy = av.Packet(bytes(data[:first] + (rewrite(data[first:], chance) if len(data) > 2 * first else data[first:])))
    copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
    copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
    return copy


def exchanged_pictures(packets: list[av.Packet], chance: random.Random) -> list[av.Packet]:
    """Two neighbours are stored in the other order, each at the other's times."""
    first = chance.randrange(1, len(packets) - 1)
    one, other = packets[first : first + 2]
    one.pts, other.pts = other.pts, one.pts
    one.dts, other.dts = other.dts, one.dts
    packets[first : first + 2] = other, one
    return packets


def exchanged_times(packets: list[av.Packet], chance: random.Random) -> list[av.Packet]:
    """Two neighbours' pts are exchanged; where each is decoded stays as it was."""
    order = sorted(packet.pts for packet in packets)
    ticks = order[1] - order[0]
    for number, packet in enumerate(
        packets
    ):  # no muxer takes a pts before its dts, so there is room for an earlier one
        packet.dts = order[0] + number * ticks
        packet.pts += 12 * ticks
    first = chance.randrange(1, len(packets) - 3)
    one, other = packets[first], packets[first + chance.randint(1, 2)]
    one.pts, other.pts = other.pts, one.pts
    return packets


def lost(packets: list[av.Packet], chance: random.Random) -> list[av.Packet]:
    """One in seventeen, as on a bad network."""
    gone = set(chance.sample(range(1, len(packets)), len(packets) // 17))
    return [packet for number, packet in enumerate(packets) if number not in gone]


def keyframes_lost(packets: list[av.Packet], chance: random.Random) -> list[av.Packet]:
    keyframes = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    gone = chance.choice(keyframes[1:])
    return packets[:gone] + packets[gone + 1 :]


def lying_flags(packets: list[av.Packet], chance: random.Random) -> list[av.Packet]:
    liars = set(chance.sample(range(1, len(packets)), 5))
    return flagged(lambda number, packet: packet.is_keyframe != (number in liars))(packets)


BYTES: dict[str, Rewrite] = {
    "bits": flipped,
    "zeroes": zeroed,
    "cut-short": cut_short,
    "cut-out": cut_out,
}

PACKETS: dict[str, Change] = {
    "picture-bits": pictures_flipped,
    "picture-zeroes": pictures_zeroed,
    "exchanged-pictures": exchanged_pictures,
    "exchanged-times": exchanged_times,
    "lost": lost,
    "keyframe-lost": keyframes_lost,
    "lying-flags": lying_flags,
}

KINDS = (*BYTES, *PACKETS)


def sound(base: str, folder: Path) -> Path:
    """A base as it was encoded; by the first who asks for it."""
    made_before = list(folder.glob(f"sound-{base}.*"))
    return made_before[0] if made_before else BASES[base](folder / f"sound-{base}")


def damaged(base: str, kind: str, seed: int, folder: Path) -> Path:
    """A damaged copy of a base; it is made by the first who asks for it."""
    source = sound(base, folder)
    target = folder / f"{base}-{kind}-{seed}{source.suffix}"
    chance = random.Random(f"{base} {kind} {seed}")
    if kind in BYTES:
        target.write_bytes(BYTES[kind](bytearray(source.read_bytes()), chance))
        return target
    return remuxed(source, target, change=lambda packets: PACKETS[kind](packets, chance))
