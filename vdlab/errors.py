"""What can go wrong for a reason the person at the keyboard can act on."""

import re
from collections.abc import Callable, Iterable

ACTED_ON = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]"
)
"""Characters that a terminal or a page acts on, or hides, where it should show them: control characters but for tab and
line feed, those that turn the direction of writing, those without a width, and halves of pairs that are no Unicode."""


def harmless(text: str) -> str:
    r"""The text with such characters written out, as in `\x1b`: names and sentences are a stranger's."""
    return ACTED_ON.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class _Harmless(Exception):
    """An error whose message can be shown in a terminal whatever file names are in it."""

    def __init__(self, message: object = "") -> None:
        super().__init__(harmless(str(message)))


class VDLabError(_Harmless):
    """One line that says what is wrong, with which file or setting, and what to do about it.

    The command line prints it and exits with 2; the lab shows it as a sentence, and a notebook in place of a stack.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class VideoError(VDLabError):
    """A file that cannot be used as a video."""


class SettingsError(VDLabError):
    """A setting that makes no sense: an fps of zero, an unknown strategy, no workers."""


class MachineError(VDLabError):
    """Something on this machine is missing or broken; `vdlab doctor` says how to mend it."""


class VDLabWarning(_Harmless, UserWarning):
    """What a caller should know of frames that were returned all the same: mended, missing, or decoded the slow way."""


def near(name: str, names: Iterable[str], offered: Callable[[], Iterable[str]]) -> str:
    """Advice for a name that does not exist: those of `names` that are like it, else what `offered` says there is."""
    import difflib  # needed for mistakes only

    alike = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
    return f"did you mean {' or '.join(alike)}?" if alike else f"choose from {', '.join(offered())}"


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Refuse a value of a setting that is none of its choices.

    Raises:
        SettingsError: which there are.
    """
    if value not in (known := list(choices)):
        raise SettingsError(f"{name}={value!r} does not exist; choose {' or '.join(known)}")


def one_line(error: BaseException) -> str:
    """The first line of an error that says something, short enough for a table."""
    said = re.sub(r"(^|\n)\w+, \S+\.cpp:\d+, ", r"\1", str(error))  # where in TorchCodec's own sources it was raised
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    text = harmless(lines[0] if lines else type(error).__name__)
    return text if len(text) <= 200 else text[:199] + "…"


def stack_within(error: BaseException, file: str) -> str:
    """An error's stack, without what is not in `file`; empty where nothing is.

    Of an error in a worker process it is that process's, which comes along as a text.
    """
    import traceback  # needed for mistakes only

    whole = getattr(error.__cause__, "tb", "") or "".join(traceback.format_tb(error.__traceback__))
    calls = [call for call in re.split(r'(?m)^(?=  File ")', whole) if call.startswith(f'  File "{file}"')]
    if not calls:
        return ""
    own = re.sub(r"(?m)^\S.*\n?", "", "".join(calls))  # the error itself follows the last call, and is said below
    return harmless(own + "".join(traceback.format_exception_only(error)))
