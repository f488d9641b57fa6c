"""What is to happen just before or after a module is first imported, by anyone in this process."""

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


def on_import(name: str, before: Callable[[], object] | None = None, after: Callable[[], object] | None = None) -> None:
    """Have `before` and `after` called when the module `name` is first imported.

    Where it is imported already, `before` is too late, and `after` is called at once. A second call for the same
    module changes nothing.
    """
    if name in sys.modules:
        if after:
            after()
    elif not any(isinstance(finder, Hook) and finder.name == name for finder in sys.meta_path):
        sys.meta_path.insert(0, Hook(name, before, after))


class Hook:
    """An import finder that hands on what the others find, with calls put around the module's own code.

    Making them when the module's code runs, and not already when the module is searched for, keeps
    `importlib.util.find_spec` the harmless question that other libraries take it for.
    """

    def __init__(self, name: str, before: Callable[[], object] | None, after: Callable[[], object] | None) -> None:
        self.name, self.before, self.after = name, before, after

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, as others find it."""
        if name != self.name:
            return None
        others = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((spec for spec in others if spec is not None), None)
        if spec is None or spec.loader is None:
            return spec
        run_code = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            if self.before:
                self.before()
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            run_code(module)
            if self.after:
                self.after()

        setattr(spec.loader, "exec_module", exec_module)  # noqa: B010  (of this one loader, which types do not allow)
        return spec
