"""The video and the machine in words: label and value, what is not known left out."""

from pathlib import Path

from vdlab.results.records import Results

Facts = list[tuple[str, str]]


def video_facts(results: Results) -> Facts:
    """What was decoded. The file's name only: its folder names the person and tells nobody else anything."""
    video = results.video
    found = [
        ("File", Path(video["path"]).name),
        ("Picture", f"{video['width']} x {video['height']} pixels"),
        ("Codec", video["codec"]),
        ("Length", said(video.get("duration_seconds"), "{:,.1f} s")),
        ("Frames", f"{video['num_frames']:,}"),
        ("Frame rate", said(video.get("average_fps"), "{:g} fps")),
        ("Bit rate", said(thousandth(video.get("bit_rate")), "{:,.0f} kbit/s")),
        ("Seeking", results.plan.seek_mode),
    ]
    return [(label, value) for label, value in found if value]


def machine_facts(results: Results) -> Facts:
    """Where it was measured, and with which software."""
    machine = results.machine
    gpu = machine.get("gpu")
    ffmpeg = machine.get("ffmpeg")
    found = [
        ("Name", machine.get("hostname")),
        ("Processor", machine.get("cpu_model")),
        ("CPUs", f"{machine['cpus_allowed']} allowed" + said(machine.get("cpus_total"), " of {}")),
        ("Memory", gigabytes(machine.get("memory_limit_bytes") or machine.get("memory_bytes"))),
        ("GPU", gpu and f"{gpu['name']}, driver {gpu['driver']}, CUDA {gpu['cuda']}"),
        ("System", machine.get("os")),
        ("Surroundings", surroundings(results)),
        ("Busy before", said((machine.get("load") or [None])[0], "{:.2f} threads, mean over a minute")),
        ("Python", machine.get("python")),
        ("FFmpeg", ffmpeg and f"{ffmpeg['version']}, {'of the system' if ffmpeg['source'] == 'system' else 'of PyAV'}"),
        *((package, version) for package, version in (machine.get("versions") or {}).items() if package != "vdlab"),
        ("VDLab", results.version),
    ]
    return [(label, str(value)) for label, value in found if value]


def surroundings(results: Results) -> str:
    """Whether it was a container or a CI job: both share their machine with others."""
    names = {"container": "a container", "ci": "a CI job"}
    return ", ".join(name for key, name in names.items() if results.machine.get(key))


def said(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000


def gigabytes(value: float | None) -> str:
    return "" if value is None else f"{value / 2**30:.1f} GiB"
