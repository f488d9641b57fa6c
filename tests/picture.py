"""The architecture as README shows it, drawn from what imports what; `make picture` draws it anew."""

from pathlib import Path

import grimp

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "```mermaid\n", "```\n"
USED_BY_ALL = {"errors", "notes"}


def imports() -> dict[str, set[str]]:
    """What each folder, and each module beside them, imports from, lazily too, but not for types alone."""
    graph = grimp.build_graph("vdlab", exclude_type_checking_imports=True, cache_dir=None)
    names = {child.removeprefix("vdlab."): child for child in graph.find_children("vdlab")}
    for module in names.values():
        graph.squash_module(module)
    used = {name: graph.find_modules_directly_imported_by(module) for name, module in names.items()}
    return {
        name: {other.removeprefix("vdlab.") for other in used[name]} & names.keys() - {name} - USED_BY_ALL
        for name in sorted(names.keys() - USED_BY_ALL)
    }


def reached(found: dict[str, set[str]], name: str) -> set[str]:
    """All that a folder builds on through others."""
    beyond: set[str] = set()
    ahead = [further for direct in found[name] for further in found[direct]]
    while ahead:
        one = ahead.pop()
        if one not in beyond:
            beyond.add(one)
            ahead += found[one]
    return beyond


def mermaid() -> str:
    """An arrow from each folder to those that build on it; none where other arrows lead there too."""
    found = imports()
    arrows = [f"  {used} --> {name}" for name in found for used in sorted(found[name] - reached(found, name))]
    return "\n".join(["flowchart LR", *arrows]) + "\n"


def drawn() -> str:
    """The picture that README holds."""
    return README.read_text().split(BEGIN, 1)[1].split(END, 1)[0]


if __name__ == "__main__":
    README.write_text(README.read_text().replace(BEGIN + drawn() + END, BEGIN + mermaid() + END))
