"""Write results to a file, in the format that its suffix names."""

import os
from collections.abc import Callable
from pathlib import Path

from vdlab.errors import SettingsError
from vdlab.machine.files import written_whole
from vdlab.report.html import html
from vdlab.report.markdown import markdown
from vdlab.report.picture import save_picture
from vdlab.results.records import Results


def save_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write UTF-8, whole or not at all; a file name that is no Unicode, as Linux allows, shows question marks.

    Raises:
        VDLabError: it cannot be written there.
    """
    with written_whole(path) as aside:
        aside.write_bytes(text.encode("utf-8", errors="replace"))
    return Path(path)


def save_html(results: Results, path: str | os.PathLike[str]) -> Path:
    return save_text(path, html(results))


def save_markdown(results: Results, path: str | os.PathLike[str]) -> Path:
    return save_text(path, markdown(results))


EXPORTERS: dict[str, Callable[[Results, str | os.PathLike[str]], Path]] = {
    ".html": save_html,
    ".md": save_markdown,
    ".csv": Results.save_csv,
    ".json": Results.save,
    ".png": save_picture,
    ".svg": save_picture,
}
SUFFIXES = tuple(EXPORTERS)


def write(results: Results, path: str | os.PathLike[str]) -> Path:
    """Write a report (.html, .md), the runs (.csv), the results themselves (.json) or the charts (.png, .svg).

    Returns:
        The path, as a `Path`.

    Raises:
        SettingsError: there is no format for the suffix.
        VDLabError: it cannot be written there.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in EXPORTERS:
        raise SettingsError(f"{path}: no format for {suffix or 'a name without suffix'}; use {', '.join(SUFFIXES)}")
    return EXPORTERS[suffix](results, path)
