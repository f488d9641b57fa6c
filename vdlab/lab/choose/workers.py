"""How many workers: threads, processes and FFmpeg's own threads, each with counts of their own."""

from joblib import cpu_count

from vdlab.lab.choose.card import Card, Changed, Chips, chips, choose, chosen, enable
from vdlab.lab.markup import block, card
from vdlab.lab.settings import Family, Settings, family
from vdlab.strategies import find
from vdlab.video import Video

TITLES: dict[Family, str] = {"threads": "Threads", "processes": "Processes", "ffmpeg_threads": "FFmpeg threads"}
ALL_UP_TO = 12


def workers_card(changed: Changed) -> Card:
    """A row of counts for each family; a row that no chosen strategy goes by cannot be used, and says so."""
    cpus = cpu_count()
    rows: dict[Family, Chips] = {
        kind: chips(title, counts(cpus), changed, cpus, "the CPUs this process may use")
        for kind, title in TITLES.items()
    }
    says = block(kind="note")

    def read() -> dict[str, tuple[int, ...]]:
        return {
            kind: tuple(number for number, button in row.buttons.items() if button.value) for kind, row in rows.items()
        }

    def write(settings: Settings) -> None:
        for kind, row in rows.items():
            choose(row, getattr(settings, kind))

    def refresh(video: Video, settings: Settings) -> None:
        strategies = [find(name) for name in settings.strategies]
        for kind, row in rows.items():
            used = any(
                (one.parallel and family(one) == kind) or (one.ffmpeg_threads and kind == "ffmpeg_threads")
                for one in strategies
            )
            enable(row, used, "no chosen strategy uses them")
            if used and not chosen(row):
                row.note.value = "choose at least one"
        most = max((number for row in rows.values() for number in chosen(row)), default=0)
        says.value = f"{most} workers share {cpus} CPUs: more than one each rarely helps" if most > cpus else ""

    legend = block(f'<i class="vdlab-dot"></i> {cpus} CPUs may be used here', "note")
    return Card(card("Workers", legend, *(row.widget for row in rows.values()), says), read, write, refresh)


def counts(cpus: int) -> list[int]:
    """1 to twice the CPUs: every number where they are few, else ever wider apart; the CPUs always among them."""
    top = 2 * cpus
    if top <= ALL_UP_TO:
        return list(range(1, top + 1))
    powers = [2**power for power in range(top.bit_length())]
    steps = {*powers, *(3 * power // 2 for power in powers[1:]), cpus, top}
    return sorted(number for number in steps if number <= top)
