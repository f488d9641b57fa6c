"""Which strategies come with VDLab: a report travels to machines where nobody has registered any other."""

from pathlib import Path

STRATEGIES = Path(__file__).parents[1] / "strategies"


def comes_with_vdlab(strategy: str) -> bool:
    """Whether a strategy of that name is there without anybody's doing.

    There is one file a strategy. To import them would take seconds.
    """
    return strategy in {path.stem.replace("_", "-") for path in STRATEGIES.rglob("*.py")}
