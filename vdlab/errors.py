"""What can go wrong for a reason the person at the keyboard can act on."""

import re


class VDLabError(Exception):
    """One line that says what is wrong, with which file or setting, and what to do about it.

    The command line prints it and exits with 2; the lab shows it as a sentence.
    """


class VideoError(VDLabError):
    """A file that cannot be used as a video."""


class SettingsError(VDLabError):
    """A setting that makes no sense: an fps of zero, an unknown strategy, no workers."""


class MachineError(VDLabError):
    """Something on this machine is missing or broken; `vdlab doctor` says how to mend it."""


class VDLabWarning(UserWarning):
    """What a caller should know of frames that were returned all the same: mended, missing, or decoded the slow way."""


def one_line(error: BaseException) -> str:
    """The first line of an error that says something, short enough for a table."""
    said = re.sub(r"(^|\n)\w+, \S+\.cpp:\d+, ", r"\1", str(error))  # where in TorchCodec's own sources it was raised
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= 200 else text[:199] + "…"
