"""Damaged and malicious video files by the hundred: each gives its true frames, or one line that says what is wrong.

`python benchmarks/fuzz.py [INPUTS] [FIRST_SEED]` makes them from the sound videos of `tests/damage.py`, the same ones
for the same seed, and has each decoded in a process of its own, with limits on its memory and time. The table says how
each kind of damage ended; the exit status is 0 where there was no traceback, hang, crash or wrong frame. Some minutes.

Frames are held against a decode of every packet by TorchCodec's own blocks. Where bits within pictures are wrong FFmpeg
paints over them, and what it paints depends on what else was fed and on the number of its threads. So where that decode
does not show the sound file's picture, nothing is the true one, and a file with such frames counts as painted.
"""

import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import vdlab  # isort: skip, for it has to come before TorchCodec, which needs the FFmpeg that it finds

import av
import psutil
import torch
from rich.console import Console
from rich.table import Table
from torchcodec import Frame, FrameBatch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from damage import BASES, KINDS, damaged, sound
from decoded import shown, true_frames

SECONDS = 60
"""No decode of three seconds of video takes so long."""

MORE_MEMORY = 4 * 2**30
"""Address space that a process gets beside what it has when it begins."""

PAINTED = {"bits", "zeroes", "cut-short", "cut-out", "header-fields", "strange", "picture-bits", "picture-zeroes"}
"""Kinds that can fall into pictures."""

FIELDS = (
    b"moov mvhd trak tkhd elst mdhd stsd avc1 hvc1 hev1 mp4v avcC hvcC stts ctts stss stsc stsz stco mdat moof trun"
)
EXTREMES = (0, 1, 7, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1)


def header_fields(base: str, seed: int, folder: Path) -> Path:
    """A size, a count or a measure in the header is another, mostly one that no file has."""
    source = sound(base, folder)
    chance, data = random.Random(f"{base} fields {seed}"), bytearray(source.read_bytes())
    names = [at for name in FIELDS.split() if (at := data.find(name)) >= 4]
    for _ in range(chance.randint(1, 3)):
        if names:
            at = chance.choice(names) + chance.choice((-4, -4, 4, 8, 12, 16, 20, 24, 28, 32))
        else:
            at = chance.randrange(min(600, len(data) - 8))
        width = chance.choice((1, 2, 4, 4, 8))
        data[at : at + width] = (chance.choice(EXTREMES) % 256**width).to_bytes(width, "big")
    return written(folder / f"{base}-fields-{seed}{source.suffix}", bytes(data))


def lists(base: str, seed: int, folder: Path) -> Path:
    """A text that leads to other files or addresses, whatever it is called."""
    chance = random.Random(f"{base} list {seed}")
    leads = chance.choice((str(sound(base, folder)), "http://127.0.0.1:9/x.ts", "/dev/zero", "concat:a|b", "data:,x"))
    text = chance.choice(
        (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{leads}\n",
            f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{leads}\n",
            f"ffconcat version 1.0\nfile '{leads}'\n",
            f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={leads}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
            f'<?xml version="1.0"?>\n<MPD type="dynamic"><BaseURL>{leads}</BaseURL></MPD>\n',
            f"[playlist]\nFile1={leads}\nNumberOfEntries=1\n",
            f"[InternetShortcut]\nURL={leads}\n",
        )
    )
    before = chance.choice(("", "", "\n\n", "\ufeff", " " * 70))
    name = f"{base}-list-{seed}{chance.choice(('.m3u8', '.mp4', '.mkv', '.ffconcat', '.sdp', '.mpd', '.pls', '.ts'))}"
    return written(folder / name, (before + text).encode())


def strange(base: str, seed: int, folder: Path) -> Path:
    """What is no video, or only begins like one, or like two."""
    chance = random.Random(f"{base} strange {seed}")
    data, other = sound(base, folder).read_bytes(), sound(chance.choice(list(BASES)), folder).read_bytes()
    noise = chance.randbytes(chance.choice((1, 10, 1_000, 50_000)))
    heads = (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\xff\xff\xffAVI LIST", b"\x1aE\xdf\xa3", b"FLV\1\5")
    content = chance.choice(
        (
            noise,
            bytes(chance.choice((1, 1_000, 100_000))),
            chance.choice(heads) + noise,
            data[: chance.randrange(1, 200)],
            data + other,
            data[: len(data) // 2] + other,
            noise + data,
            data[: chance.randrange(8, 600)] * 50,
        )
    )
    return written(folder / f"{base}-strange-{seed}{chance.choice(('.mp4', '.mkv', '.ts', '.avi', ''))}", content)


MORE: dict[str, Callable[[str, int, Path], Path]] = {
    "header-fields": header_fields,
    "lists": lists,
    "strange": strange,
}


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


class Ended(NamedTuple):
    """How a process ended with a file: in a word, what it said, and by how many bytes its memory grew."""

    how: str
    said: str
    bytes: int


def decoded_every_way(path: Path, unharmed: Sequence[Frame]) -> str:
    """`right`, or `painted` where frames were painted otherwise, or `one line` where no way gave frames.

    Args:
        unharmed: the frames of the sound file; none where damage cannot fall into pictures.

    Raises:
        AssertionError: a frame is not the true one.
    """
    try:
        timed = vdlab.Video.open(path, "exact", damaged="skip").index.timed
        truth = true_frames(path).frames  # second, for it would open lists too, and never end
    except (RuntimeError, ValueError, vdlab.VDLabError):
        truth, timed = [], False
    ways: list[Callable[[], object]] = [
        lambda: vdlab.decode(path, range(vdlab.Video.open(path, "exact").num_frames), workers=2),
        lambda: vdlab.decode(path, count=8, workers=2),
        lambda: vdlab.decode(path, fps=5, strategy="linear", workers=1),
        lambda: vdlab.decode(path, fps=5, workers=2, damaged="skip"),
        lambda: list(vdlab.stream(path, fps=8, batch_size=5, workers=2)),
    ]
    ended: Counter[str] = Counter()
    for way in ways:
        try:
            found = way()
        except vdlab.VDLabError as error:
            assert "\n" not in str(error), f"several lines: {error}"
            ended["one line"] += 1
            continue
        for batch in found if isinstance(found, list) else [found]:
            ended[compared(batch, truth, timed, unharmed)] += 1
    return next(how for how in ("painted", "right", "one line") if ended[how])


def compared(batch: FrameBatch, truth: Sequence[Frame], timed: bool, unharmed: Sequence[Frame]) -> str:
    """Whether all frames are true ones, or some painted otherwise. Where the file keeps no times, they tell nothing.

    Raises:
        AssertionError: one is not the true frame, which no damage has reached.
    """
    how = "right"
    for pts, data in shown(batch):
        here = [true for true in truth if true.pts_seconds == pts or not timed]
        if any(torch.equal(data, true.data) for true in here):
            continue
        reached = unharmed and not any(torch.equal(true.data, one.data) for true in here for one in unharmed)
        assert reached, f"the frame at {pts:.3f} s is not the true one"
        how = "painted"
    return how


def in_a_process(path: Path, unharmed: Sequence[Frame]) -> Ended:
    """What becomes of a file in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what FFmpeg has to say
        before = psutil.Process().memory_info()
        limit = before.vms + MORE_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            said = f"{decoded_every_way(path, unharmed)}\n"
        except AssertionError as error:
            said = f"wrong\n{error}"
        except BaseException:
            said = f"traceback\n{traceback.format_exc()}"
        os.write(writing, f"{before.rss}\n{said}".encode()[:60_000])
        os._exit(0)
    os.close(writing)
    said = b""
    in_time = True
    deadline = time.monotonic() + SECONDS
    while in_time:
        in_time = bool(select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0])
        block = os.read(reading, 65536) if in_time else b""
        said += block
        if not block:
            break
    if not in_time:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status, used = os.wait4(child, 0)
    before, how, text = (*said.decode().split("\n", 2), "", "")[:3]
    grown = 1024 * used.ru_maxrss - int(before or 0)
    if not in_time:
        return Ended("hang", f"no answer after {SECONDS} s", grown)
    if os.WIFSIGNALED(status) or not how:
        return Ended("crash", f"ended by signal {os.WTERMSIG(status)}", grown)
    return Ended(how, text, grown)


def main(inputs: int, first_seed: int) -> int:
    kinds = (*KINDS, *MORE)
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    memory: Counter[str] = Counter()
    unharmed: dict[str, list[Frame]] = {}
    screen = Console(highlight=False, width=140)
    warnings.simplefilter("ignore")  # notes of frames that are left out
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for number in range(inputs):
            seed, pair = divmod(number, len(kinds) * len(BASES))
            kind, base = kinds[pair % len(kinds)], list(BASES)[pair // len(kinds)]
            try:
                path = (
                    MORE[kind](base, first_seed + seed, home)
                    if kind in MORE
                    else damaged(base, kind, first_seed + seed, home)
                )
            except av.FFmpegError:
                continue  # no muxer takes it
            if base not in unharmed:
                unharmed[base] = true_frames(sound(base, home)).frames
            ended = in_a_process(path, unharmed[base] if kind in PAINTED else [])
            outcomes[kind][ended.how] += 1
            memory[kind] = max(memory[kind], ended.bytes)
            if ended.how not in ("right", "one line", "painted"):
                screen.print(f"{path.name}: {ended.how}: {ended.said.strip()}", markup=False)
                path.replace(Path(tempfile.gettempdir()) / path.name)  # to be looked at
    columns = ("one line", "right", "painted", "traceback", "hang", "crash", "wrong")
    table = Table("damage", "inputs", *columns, "largest memory, MB", title=f"{time.monotonic() - begun:.0f} s")
    for kind in (one for one in kinds if outcomes[one]):
        ends = outcomes[kind]
        table.add_row(kind, str(ends.total()), *(str(ends[one]) for one in columns), f"{memory[kind] / 1e6:.0f}")
    total: Counter[str] = sum(outcomes.values(), Counter())
    table.add_section()
    largest = f"{max(memory.values()) / 1e6:.0f}"
    table.add_row("all", str(total.total()), *(str(total[one]) for one in columns), largest)
    screen.print(table)
    return 1 if any(total[one] for one in columns[3:]) else 0


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[1:3]]
    sys.exit(main(*[*numbers, *(112, 100)[len(numbers) :]]))
