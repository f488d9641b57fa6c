"""What can go wrong for a reason the person at the keyboard can act on."""


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
