"""Results for others to read: one exporter a format, chosen by the file's suffix."""

from vdlab.report.chrome_trace import chrome_trace
from vdlab.report.code import code
from vdlab.report.html import html
from vdlab.report.markdown import markdown
from vdlab.report.write import SUFFIXES, write, write_comparison

__all__ = ["SUFFIXES", "chrome_trace", "code", "html", "markdown", "write", "write_comparison"]
