"""What a fault means to the author of a model: the message with what was looked up, and the location."""

from __future__ import annotations

from collections.abc import Mapping

from doge_datagen.errors import CalculationError
from doge_datagen.language.lookup_data import ARRAY, ModelData, Table
from doge_datagen.language.types import BOOLEAN, STRING
from doge_datagen.model.population_paths import in_population
from doge_datagen.numeric.faults import BAD_TIMES, DETAIL, MESSAGES
from doge_datagen.program.tables.reference_table import texts_of


def problem_of_fault(data: ModelData, tables: Mapping[str, Table], fault: int, value: int) -> str:
    """The message for a fault.

    Args:
        data: what the code of the model looks up.
        tables: its reference tables by name.
        fault: its code, with a detail or without.
        value: the value at fault, if its message names one.
    """
    detail, code = divmod(fault, DETAIL)
    searched = data.arrays.get(f"{ARRAY}{detail}")
    # A detail is the number of an array for some codes, and a position for others.
    if searched is None or "{column}" not in MESSAGES[code]:
        return MESSAGES[code].format(value=f"{value:,}")
    kind = tables[searched.table].kinds[searched.column]
    shown = bool(value) if kind == BOOLEAN else value
    if kind == STRING:
        shown = texts_of(data)[value].as_py()
    return MESSAGES[code].format(table=searched.table, column=searched.column, value=repr(shown))


def path_of_fault(path: str, fault: int) -> str:
    """The location of a fault: that of what was calculated, or of a part that the fault itself names."""
    position, code = divmod(fault, DETAIL)
    return f"{path}.spawn[{position}].times" if code == BAD_TIMES else path


def fault_of_population(name: str, fault: CalculationError) -> CalculationError:
    """The error of a model that has only one of several populations, with the paths of the whole model."""
    return fault.moved(lambda path: ".".join(map(str, in_population(name, tuple(path.split(".", 1))))))
