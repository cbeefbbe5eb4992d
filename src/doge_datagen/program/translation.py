"""Translate every expression and action of a spec into a program, and collect all errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType

from doge_datagen.errors import Problem
from doge_datagen.language.lookup_data import ModelData, Table
from doge_datagen.language.subject_references import FirstValue, Subjects
from doge_datagen.model.spec import Spec
from doge_datagen.program.action_translation import ActionTranslation
from doge_datagen.program.events import LinesTranslation, emission_conditions
from doge_datagen.program.expression_names import recency_starts
from doge_datagen.program.incidents import check_conditions, histories, history_streams
from doge_datagen.program.population_model import PopulationModel
from doge_datagen.program.problem_collection import ProblemCollection
from doge_datagen.program.program import Birth, Program, Shape, Start, purpose
from doge_datagen.program.scopes import Scopes
from doge_datagen.program.spawning.lineage import Lineage
from doge_datagen.program.spawning.translation import SpawnTranslation
from doge_datagen.program.start_translation import StartTranslation
from doge_datagen.program.stream_translation import shapes_of
from doge_datagen.program.tables.reference_table import ReferenceTable, known_texts
from doge_datagen.program.time.timing import Timing
from doge_datagen.program.time.translation import TimingTranslation

NO_TABLES: Mapping[str, ReferenceTable] = MappingProxyType({})


def translate(
    spec: Spec,
    tables: Mapping[str, ReferenceTable] = NO_TABLES,
    populations: Mapping[str, Spec] | None = None,
    lineage: Lineage | None = None,
    *,
    referenced: bool = False,
) -> tuple[Program, list[Problem]]:
    """Translate a spec of one population.

    The program is complete only if there are no problems with its expressions and actions.

    Args:
        spec: the model with one population.
        tables: its reference tables.
        populations: by name, the model with each population alone; by default, there are no others.
        lineage: what its subjects have from their parents; None if nobody spawns them.
        referenced: whether it is known that others name its subjects, even after these have left.
    """
    model = PopulationModel(
        spec if lineage is None else lineage.within(spec),
        tables,
        populations or {spec.population.name: spec},
        ModelData(known_texts(tables.values())),
        lineage=lineage,
        is_referenced=referenced,
    )
    translation = Translation(model)
    return translation.program(), translation.problems.found


class Translation:
    """The steps in which a population is translated; each uses what those before it have found.

    Attributes:
        problems: the errors found so far.

    Args:
        model: the model as the population sees it.
    """

    def __init__(self, model: PopulationModel) -> None:
        spec, population = model.spec, model.population
        self._model = model
        self.problems = ProblemCollection(population)
        self._referred: set[str] = set()
        taken = dict.fromkeys(spec.constants, "a constant") | dict.fromkeys(population.attributes, "an attribute")
        self._lines = LinesTranslation(taken, self.problems.attempt)
        self._scopes = Scopes(model, self._lines, self._rows())
        self._actions = ActionTranslation(model, self.problems, self._scopes)
        self._starts = StartTranslation(model, self.problems, self._scopes, self._actions)
        self._spawning = SpawnTranslation(
            population, self.problems.attempt, self._scopes.of_spawn, model.lineage, self._starts.from_kept
        )

    def program(self) -> Program:
        """The program; use it only if there are no ``problems``."""
        model, scopes, attempt = self._model, self._scopes, self.problems.attempt
        spec, path_of = model.spec, model.population.path_of_event
        # The order of these steps is that of the model's strings and of the problems.
        starts = self._starts.starts()
        self._lines.translate(model.events, path_of, scopes.of_lines)
        actions = self._spawning.counted(self._actions.actions())
        shapes, births = self._shapes()
        timing = self._timing() if model.population.is_timed else None
        happens = histories(spec, model.data, attempt)
        check_conditions(spec, attempt, scopes.of_timing("incidents", lasting=True))
        conditions = emission_conditions(model.events, path_of, scopes.of_emission, attempt)
        return Program(
            spec,
            model.data,
            (*starts.values(), *self._hidden_starts()),
            actions,
            shapes,
            timing,
            model.tables,
            referred=frozenset(self._referred),
            is_referenced=model.is_referenced or model.population.name in model.data.arrived,
            histories=happens,
            history_streams=history_streams(spec),
            conditions=conditions,
            births=births,
            depth=model.depth,
            lines=self._lines.drawn,
            line_fields=self._lines.fields,
        )

    def first_values(self) -> Mapping[str, FirstValue]:
        """The first values of the attributes, as far as they can be calculated."""
        return self._starts.first_values()

    def _shapes(self) -> tuple[dict[str, Shape], tuple[Birth, ...]]:
        """How the records of each stream are composed, with those of what spawns, and what that gives to children."""
        shapes = shapes_of(self._model, self._scopes, self.problems.attempt, self._starts.from_kept)
        births = tuple(self._spawning.births())
        shapes |= {birth.stream: shape for birth, shape in births}
        lineage = self._model.lineage
        if lineage is not None:
            shapes = {name: lineage.ordered(shape) for name, shape in shapes.items()}
        return shapes, tuple(birth for birth, _ in births)

    def _hidden_starts(self) -> Iterable[Start]:
        """The hidden attributes that no attribute of the model needs: recent moments, children, and the lineage."""
        lineage = self._model.lineage
        starts = recency_starts(self._model.population) | self._spawning.starts()
        return (starts | ({} if lineage is None else lineage.hidden)).values()

    def _timing(self) -> Timing:
        spec, attempt, scope = self._model.spec, self.problems.attempt, self._scopes.of_timing
        named = partial(purpose, self._model.population)
        return TimingTranslation(spec, attempt, scope, named, referenced=self._model.is_referenced).timing()

    def _rows(self) -> Mapping[str, Table]:
        """By name, the reference tables and the populations, from which expressions may draw."""
        tables = self._model.tables
        names = (name for name in self._model.populations if name.isidentifier() and name not in tables)
        return {**tables, **{name: _subjects(self._model, name, self._referred) for name in names}}


def _subjects(model: PopulationModel, name: str, referred: set[str]) -> Subjects:
    """A population to whose subjects expressions may refer.

    Args:
        model: the model as the population of the expressions sees it.
        name: the other population, or the same.
        referred: the populations whose number of subjects the code depends on; it is added when it does.
    """
    population = model.populations[name].population

    def first() -> Mapping[str, FirstValue]:
        return {} if name in model.within else Translation(model.of_other(name)).first_values()

    return Subjects(
        name,
        population.at_start,
        name == model.population.name,
        model.spec.clock.tick_ms,
        tuple(population.attributes),
        first,
        referred,
        moments=None if population.arrive is None else partial(model.data.moments, name),
        spawned=population.is_spawned,
        seed=None if model.lineage is None else model.data.seed,
    )
