"""The scope of each expression of a population: the names that it may use, and what its draws are made for."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import replace

from doge_datagen.language.lookup_data import ModelData, Part, Table, TableArray
from doge_datagen.language.scope import ENDS, INDEX, NOW, OwnName, Scope, rhythm_codes
from doge_datagen.language.time.zones import names as names_of_zones
from doge_datagen.language.types import INTEGER, STRING, Typed
from doge_datagen.model.arrival import NOWHERE
from doge_datagen.model.spec import Population, Spec, Stream
from doge_datagen.model.transition import Transition
from doge_datagen.program.events import LinesTranslation, ends_of, names_of_draws, transitions_by_stream
from doge_datagen.program.expression_names import lasting_words, numbers, words_of
from doge_datagen.program.incidents import incident_names, words_of_incidents
from doge_datagen.program.population_model import PopulationModel
from doge_datagen.program.program import Start, purpose
from doge_datagen.program.tables.reference_table import ReferenceTable


class Scopes:
    """Makes the scope of each expression of a population; the attributes in it are those defined so far.

    Attributes:
        readable: the attributes that expressions may read, with their types.
        unknown: the attributes of unknown type, since their start has been rejected.

    Args:
        model: the model as the population sees it.
        lines: the lines of the population's events.
        rows: by name, the reference tables and the populations from which expressions may draw.
    """

    def __init__(self, model: PopulationModel, lines: LinesTranslation, rows: Mapping[str, Table]) -> None:
        self._model, self._lines = model, lines
        self._words = words_of(model.spec)
        self._strings_of_ends = _strings_of_ends(model)
        self._feeding = transitions_by_stream(model.population)
        # All scopes share these four while they grow: a copy for each attribute would cost quadratic time.
        self.readable: dict[str, Typed] = {}
        self.unknown = _rejected_names(model)
        self._initial_strings: set[str] = set()
        self._later = set(model.population.attributes)
        self._common = self._common_scope(rows)

    def _common_scope(self, rows: Mapping[str, Table]) -> Scope:
        """What all expressions of the population have in common."""
        spec, population, lineage = self._model.spec, self._model.population, self._model.lineage
        path = () if lineage is None else lineage.path
        zone, zone_attribute = _zones(spec, population)
        return Scope(
            {},
            self._model.data,
            0,
            self._initial_strings,
            unknown=self.unknown,
            zone=zone,
            zone_attribute=zone_attribute,
            rhythms=rhythm_codes(spec.rhythms),
            constants=self._model.constants,
            tables=rows,
            population=OwnName(population.name, frozenset(self._model.populations), path),
            incidents=incident_names(spec),
        )

    def define(self, name: str, start: Start | None) -> None:
        """Let the expressions that follow read an attribute; it is unknown to them if it has no start."""
        self._later.discard(name)
        if start is None:
            self.unknown.add(name)
        elif start.text is None:
            self.readable[name] = start.typed
        else:
            self._initial_strings.add(name)

    def of_start(self, name: str) -> Scope:
        """What the first value of an attribute may use."""
        words = {**numbers(self._model.population), "timestamp": NOW}
        return replace(self._scope(words, self._purpose("attributes", name)), later=self._later)

    def of_timing(self, *names: str, lasting: bool = False) -> Scope:
        """What an expression of the timing may use; ``lasting`` if it must not depend on the time or on draws."""
        words = lasting_words(self._model.population) if lasting else self._words
        return replace(self._scope(words, self._purpose(*names)), draws=not lasting)

    def of_lines(self, event: Transition, *names: str) -> Scope:
        """What a part of an event's lines may use."""
        return self._of_events([event], "lines", *names)

    def of_emission(self, transitions: Sequence[Transition], stream: str) -> Scope:
        """What the condition of some events in a stream may use."""
        lines = self._lines.names(transitions, self._model.spec.streams.get(stream))
        return replace(self._of_events(transitions, "emit", stream), lines=lines)

    def of_spawn(self, number: int, each: str | None, *names: str) -> Scope:
        """What an expression may use that is about those whom an event spawns, or about one of its lines (``each``)."""
        event = self._model.events[number]
        lines = self._lines.names([event])
        lines = lines and replace(lines, within=each is not None)
        return replace(self._of_events([event], "spawn", *names), lines=lines)

    def of_action(self, transitions: Sequence[Transition], targets: Mapping[str, Typed]) -> Scope:
        """What the action that some transitions have in common may use, and the attributes that it may assign."""
        return replace(self._of_events(transitions), targets=targets, lines=self._lines.names(transitions))

    def of_stream(self, name: str, stream: Stream) -> Scope:
        """What the fields, key and headers of a stream of events may use."""
        feeding = self._feeding.get(name, ())
        scope = self._scope({**self._words, **self._variables(feeding)}, 0)
        return replace(scope, lines=self._lines.names(feeding, stream))

    def of_table(self, table: ReferenceTable) -> Scope:
        """What the fields of a table's stream may use: its columns, and the words that have a meaning there."""
        # Rows are emitted once, at the start, so the tick is known.
        words = {"index": INDEX, "tick": Typed("0", INTEGER, constant=0), "timestamp": NOW}
        names = {**words, **_columns(table, self._model.data)}
        return replace(self._scope({}, 0), names=names, initial_strings=frozenset(), population=None)

    def of_history(self) -> Scope:
        """What the fields of a stream of incidents may use."""
        words = words_of_incidents(self._model.spec, self._model.data)
        return replace(self._scope({}, 0), names=words, draws=False, incidents={})

    def _of_events(self, transitions: Sequence[Transition], *names: str) -> Scope:
        """What some events have in common; the first of them and the names say what is drawn."""
        words = {**self._words, **self._ends(transitions)}
        return self._scope(words, self._purpose(*names_of_draws(transitions[0]), *names))

    def _purpose(self, *names: str) -> int:
        return purpose(self._model.population, *names)

    def _scope(self, words: dict[str, Typed], drawn_for: int) -> Scope:
        return replace(self._common, names=ChainMap(self.readable, words), purpose=drawn_for)

    def _ends(self, transitions: Sequence[Transition]) -> dict[str, Typed]:
        """The strings of transitions in their action. Others may share its text, so it may compare with theirs."""
        found = self._variables(transitions)
        for end, typed in found.items():
            # None, if a transition leaves no state, which is reported elsewhere.
            known = self._model.data.text(*typed.values) if len(typed.values) == 1 else typed
            found[end] = replace(known, among=self._strings_of_ends[end])
        return found

    def _variables(self, feeding: Sequence[Transition]) -> dict[str, Typed]:
        """The names whose values differ between the transitions that feed one stream."""
        model = self._model
        each = [ends_of(model.spec, transition, referenced=model.is_referenced) for transition in feeding]
        found = {end: frozenset(text for ends in each for text in ends[end]) for end in ENDS}
        for text in sorted(frozenset().union(*found.values())):
            model.data.text(text)
        return {end: Typed(end, STRING, values) for end, values in found.items()}


def _strings_of_ends(model: PopulationModel) -> Mapping[str, frozenset[str]]:
    """For each of ``ENDS``, the strings that it may be compared with."""
    states = frozenset(model.population.states)
    found = dict.fromkeys(ENDS, states) | {"trigger": frozenset(it.trigger for it in model.events)}
    return found | {"from_state": states | {NOWHERE}} if model.arrives else found


def _rejected_names(model: PopulationModel) -> set[str]:
    """The constants, and the values that parents give, whose types are unknown because they have been rejected."""
    rejected = frozenset[str]() if model.lineage is None else model.lineage.rejected
    return set(model.spec.constants) - model.constants.keys() - model.population.attributes.keys() | rejected


def _zones(spec: Spec, population: Population) -> tuple[str, str]:
    """The time zone of local times, and the attribute that has that of each subject instead, if there is one."""
    own = population.zone or spec.zone
    zone = own if own in names_of_zones() else spec.zone  # an unknown one is reported by the checks
    return zone, own if own in population.attributes and population.zone else ""


def _columns(table: ReferenceTable, data: ModelData) -> Mapping[str, Typed]:
    found = {}
    for name, kind in table.kinds.items():
        array = data.array(TableArray(Part.COLUMN, table.name, name))
        texts = table.texts(name) if kind == STRING else frozenset()
        found[name] = Typed(f"{array}[{INDEX.code}]", kind, texts)
    return found
