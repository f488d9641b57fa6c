"""What people type for a sweep, as values: at the command line and in the lab alike."""

from collections.abc import Iterable, Mapping
from typing import Any, get_origin

import msgspec

from vdlab.errors import SettingsError
from vdlab.results.records import CASES

WOULD_DO = {
    "fps": "2 or 0.5,2",
    "threads": "1,2",
    "processes": "1,2",
    "ffmpeg_threads": "1,2",
    "workers": "1,2 or threads=1,2",
    "repeats": "3 or auto",
    "sample": "100, all or auto",
    "frames": f"{', '.join(CASES)}, or several with commas",
    "seek_mode": "approximate or exact",
}
"""Examples of what can be read as the value of a setting."""

Counts = tuple[int, ...]


def read(name: str, value: object, wanted: Any, said: str = "") -> Any:
    """A value of the type that is wanted; where that is a tuple: of a text with commas, a single value or several.

    Args:
        name: of the setting.
        said: how it was given, for a message; `name=value` if nothing is said.

    Raises:
        SettingsError: it cannot be read as one.
    """
    try:
        return msgspec.convert(several(value) if get_origin(wanted) is tuple else value, wanted, strict=False)
    except msgspec.ValidationError as error:
        reason = str(error).partition(" - at")[0].replace("`", "")
        why = f"; {WOULD_DO[name]} would" if name in WOULD_DO else f": {reason[0].lower()}{reason[1:]}"
        raise SettingsError(f"{said or f'{name}={value!r}'} will not do{why}") from error


def several(value: object) -> list[Any]:
    """What a text with commas, a single value or a collection of them holds."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return list(value) if isinstance(value, Iterable) else [value]


def worker_counts(asked: object, said: str = "workers={!r}") -> tuple[Counts | None, dict[str, Counts]]:
    """Worker counts for all strategies, None where none were given; and by name of those with counts of their own.

    Args:
        asked: counts or a text such as `1,2` for all, a mapping or a text such as `threads=1,2` for one; or several
            of these texts. Nothing where it is None.
        said: how one of these texts was given, for a message.

    Raises:
        SettingsError: a count cannot be read.
    """
    if asked is None:
        return None, {}
    if isinstance(asked, Mapping):
        return None, {str(name): read("workers", counts, Counts, said.format(asked)) for name, counts in asked.items()}
    common: Counts | None = None
    own: dict[str, Counts] = {}
    for word in several(asked) if not isinstance(asked, str) else [asked]:
        name, equals, counts = word.rpartition("=") if isinstance(word, str) else ("", "", word)
        found = read("workers", counts, Counts, said.format(word))
        if equals:
            own[name.strip()] = found
        else:
            common = (common or ()) + found
    return common, own
