"""The code that runs, as it stands in its file."""

import inspect

from IPython.display import Markdown

from vdlab.strategies import find


def source(strategy: str) -> Markdown:
    """A strategy's function, read from the package now; JupyterLab colours it for the theme in use.

    Raises:
        SettingsError: there is no strategy of that name.
    """
    code = inspect.getsource(find(strategy).decode)
    return Markdown(f"```python\n{code}```")
