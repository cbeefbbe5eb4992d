"""Compiled models: the module that a model's text is."""

from __future__ import annotations

import sys
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from doge_datagen.engine.compiled.code_cache import name_of
from doge_datagen.engine.compiled.numba_functions import kept_jit, native_names

AT_HAND = 16  # modules; to load one from its file takes as long as half a million records


def compiled(text: str, rows: dict[str, tuple[int | float, ...]]) -> ModuleType:
    """The module that the text is, with all that it calls; its functions are compiled when they are first called."""
    tables = "".join(f"{name} = np.array({list(row)!r})\n" for name, row in rows.items())
    return _module(f"import numpy as np\n{tables}{text}")


@lru_cache(maxsize=AT_HAND)
def _module(whole: str) -> ModuleType:
    name = f"doge_model_{name_of(whole)}"
    module = sys.modules[name] = ModuleType(name)  # there Numba looks for it when it reads what it has kept
    names: dict[str, Any] = vars(module)
    names |= {**native_names(), "np": np, "jit": kept_jit(whole), "__name__": name}
    exec(compile(whole, f"<{name}>", "exec"), names)  # noqa: S102 - a text of our own, of a model that was checked
    return module
