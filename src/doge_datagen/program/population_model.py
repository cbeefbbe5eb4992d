"""A model as one of its populations sees it: what all translations of that population's expressions begin with."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from doge_datagen.language.lookup_data import ModelData
from doge_datagen.model.spec import Population, Spec
from doge_datagen.model.transition import Transition
from doge_datagen.program.expression_names import constant_trees
from doge_datagen.program.spawning.lineage import Lineage
from doge_datagen.program.tables.reference_table import ReferenceTable


@dataclass(frozen=True)
class PopulationModel:
    """A model with one of its populations, and what is known of the others.

    Attributes:
        spec: the model with this population alone.
        tables: its reference tables.
        populations: by name, the model with each population alone.
        data: what the code looks up; shared with the populations whose first values are translated for its sake.
        within: the populations whose first values are being translated for another's sake.
        lineage: what its subjects have from their parents; None if nobody spawns them.
        is_referenced: whether it is known that others name its subjects, even after these have left.
    """

    spec: Spec
    tables: Mapping[str, ReferenceTable]
    populations: Mapping[str, Spec]
    data: ModelData
    within: tuple[str, ...] = ()
    lineage: Lineage | None = None
    is_referenced: bool = False

    @cached_property
    def population(self) -> Population:
        """The population, with the attributes that its subjects have from their parents."""
        return self.spec.population

    @cached_property
    def events(self) -> tuple[Transition, ...]:
        """Everything that happens to its subjects."""
        return self.population.events

    @cached_property
    def constants(self) -> Mapping[str, ast.expr]:
        """The syntax tree of each constant of the model that is valid."""
        return constant_trees(self.spec)

    @property
    def arrives(self) -> bool:
        """Whether its subjects arrive, instead of being there from the start."""
        return self.population.arrive is not None

    @property
    def depth(self) -> int:
        """The length of a subject's path if it is spawned; 0 if it is not."""
        return 0 if self.lineage is None else self.lineage.depth

    def of_other(self, name: str) -> PopulationModel:
        """The model as another population sees it whose first values are translated for the sake of this one."""
        within = (*self.within, name)
        return replace(self, spec=self.populations[name], within=within, lineage=None, is_referenced=False)
