"""How objects look as the last line of a notebook's cell: a line in bold over a small table."""

import html
from collections.abc import Mapping, Sequence

from vdlab.errors import harmless


def table(title: str, rows: Sequence[Mapping[str, object]], heads: bool = True) -> str:
    """Rows with the same keys, as HTML that takes the notebook's colours and in which nothing is taken for markup."""
    import pandas as pd  # for notebooks only, and slow to import

    frame = pd.DataFrame([{key: harmless(str(value)) for key, value in row.items()} for row in rows])
    with pd.option_context("display.max_colwidth", None):
        drawn = frame.to_html(index=False, header=heads, border=0, justify="left")
    drawn = drawn.replace("<td>", '<td style="text-align: left">')
    first, *more = html.escape(harmless(title)).split("\n")
    return f"<div>{'<br>'.join([f'<b>{first}</b>', *more])}{drawn if rows else ''}</div>"


def facts(title: str, known: Mapping[str, object]) -> str:
    """What is known of one thing: a row a fact, without those that are empty."""
    rows = [{"fact": name, "value": value} for name, value in known.items() if value]
    return table(title, rows, heads=False)
