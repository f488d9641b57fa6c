"""Which frames must be decoded for which, group of pictures by group of pictures."""

from vdlab import charts
from vdlab.charts.gop_map import no_gop_map
from vdlab.lab.markup import text
from vdlab.lab.svg import themed
from vdlab.lab.tabs.tab import Tab, View, empty, page
from vdlab.results.decoded import words_of_work


def gops() -> Tab:
    """A stretch of the video, and how many frames are decoded in all of it."""
    return page("GOPs", render)


def render(view: View) -> str:
    """The page."""
    said = words_of_work(view.results, view.fps)
    if no_gop_map(view.results, view.fps):
        return empty("".join(f"<p>{text(sentence)}.</p>" for sentence in said))
    words = "".join(f"<li>{text(sentence)}.</li>" for sentence in said)
    return f'<ul class="vdlab-says">{words}</ul>{themed(charts.gop_map(view.results, fps=view.fps, words=False))}'
