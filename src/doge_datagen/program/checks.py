"""Check that the parts of a model fit together; what its expressions mean is the translation's job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from doge_datagen.errors import Problem, did_you_mean
from doge_datagen.model.arrival import Arrival
from doge_datagen.model.clock import Clock
from doge_datagen.model.population_paths import in_population
from doge_datagen.model.spec import Population, Spec, Stream
from doge_datagen.model.state_machine import (
    PercentSum,
    given_twice,
    is_percentage,
    not_a_percentage,
    not_left,
    repeated,
    too_likely,
)
from doge_datagen.model.timelines import Incident
from doge_datagen.model.transition import EACH_LINE, Transition
from doge_datagen.program.expression_names import constant_problems, wrong_name
from doge_datagen.program.incidents import incident_problems
from doge_datagen.program.problem_collection import MOST_OF_A_KIND
from doge_datagen.program.rhythms.checks import rhythm_problems, rhythm_uses
from doge_datagen.program.spawning.checks import arrival_problems, count_problems, spawn_problems
from doge_datagen.program.tables.loading import streams_of_tables, table_problems
from doge_datagen.program.time.checks import clock_problems, distinct, timing_problems, warm_up_problems, zone_problems

# Even a million of them sum to less than the largest double, 1.8e308.
TOO_HEAVY = 1e300
"""From this weight on, a sum of weights may not be finite."""
Found = tuple[tuple[str | int, ...], str]
"""A problem of a transition: the path below the transition, and the message."""
Part = tuple[tuple[str | int, ...], object, type]
"""A part of a model: its path, itself, and what it must be."""
Check = Callable[[Spec], Iterator[Problem]]


def structural_problems(spec: Spec) -> list[Problem]:
    """Return everything that is wrong with a model except for its expressions, with paths as in a model file.

    >>> from doge_datagen.model import Clock, Population
    >>> spec = Spec.of_one('bank', Population('user', 10), ['offline'], {'online': 1}, [], {}, Clock(0, 60000, 1000))
    >>> [str(problem) for problem in structural_problems(spec)]
    ["initial: 'online' is not a state. Hint: did you mean 'offline'?"]
    """
    return [problem for check in CHECKS for problem in first_of(check(spec))]


def first_of(found: Iterable[Problem]) -> Iterator[Problem]:
    """Limit the problems of one check: each hint compares all names, so thousands of them would take minutes."""
    each = iter(found)
    # Lazily: the check stops there, too, and does not only show fewer.
    yield from islice(each, MOST_OF_A_KIND)
    for other in islice(each, 1):
        yield replace(other, message="there are more problems like this. Hint: fix those listed first")


def type_problems(spec: Spec) -> Iterator[Problem]:
    """Check the types of the parts; further checks could not run on parts of other types."""
    if not spec.populations:
        yield Problem(("populations",), "is empty. Hint: give at least one")
    parts: list[Part] = [
        *_parts_of_populations(spec.populations),
        (("clock",), spec.clock, Clock),
        *((("streams", name), it, Stream) for name, it in spec.streams.items()),
        *((("incidents", name), it, Incident) for name, it in spec.incidents.items()),
        *((("streams", name, "fields"), getattr(it, "fields", {}), Mapping) for name, it in spec.streams.items()),
    ]
    for path, value, kind in parts:
        if not isinstance(value, kind):
            yield Problem(path, f"{value!r} is not a {kind.__name__}. Hint: give one")


def _parts_of_populations(populations: Sequence[Population]) -> Iterator[Part]:
    one = len(populations) == 1
    for number, population in enumerate(populations):
        yield ("subjects",) if one else ("populations", number), population, Population
        arrival, ways = getattr(population, "arrive", None), enumerate(getattr(population, "transitions", ()))
        found: list[Part] = [] if arrival is None else [(population.path_of_arrival, arrival, Arrival)]
        found += [(("transitions", position), it, Transition) for position, it in ways]
        for path, part, kind in found:
            yield path if one else in_population(population.name, path), part, kind


def _of_each(check: Check) -> Check:
    """Run a check of a model with one population on each of them."""

    def check_each(spec: Spec) -> Iterator[Problem]:
        for population in spec.populations:
            found = distinct(check(spec.with_only(population)), population.transitions)
            yield from in_whole_model(spec, population, found)

    return check_each


def in_whole_model(spec: Spec, population: Population, found: Iterable[Problem]) -> Iterator[Problem]:
    """The problems of one population with their paths in the whole model."""
    several = len(spec.populations) > 1
    return (replace(it, path=in_population(population.name, it.path)) if several else it for it in found)


def _of_population(check: Callable[[Population], Iterator[Problem]]) -> Check:
    """Run a check of one population on each."""
    return _of_each(lambda spec: check(spec.population))


def _names_are_names(spec: Spec) -> Iterator[Problem]:
    yield from _named(("name",), spec.name)
    path = ("subjects", "name") if len(spec.populations) == 1 else ("populations",)
    for population in spec.populations:
        yield from _named(path, population.name)
    for position, name in repeated([population.name for population in spec.populations]):
        yield Problem((*path, position), f"{name!r} is given twice. Hint: rename one")
    for part, mapping in (("streams", spec.streams), ("targets", spec.targets)):
        for name in mapping:
            yield from _named((part,), name)
    for stream, it in spec.streams.items():
        for name in (*it.fields, *it.headers):
            yield from _named(("streams", stream), name)


def _named(path: tuple[str | int, ...], name: object) -> Iterator[Problem]:
    if not isinstance(name, str) or not name:
        yield Problem(path, f"{name!r} is not a name. Hint: give a non-empty string")


@_of_population
def _states_are_names_and_differ(population: Population) -> Iterator[Problem]:
    if not population.states:
        yield Problem(("states",), "is empty. Hint: give at least one state")
    for position, name in enumerate(population.states):
        yield from _named(("states", position), name)
    for position, name in repeated(population.states):
        yield Problem(("states", position), f"{name!r} is given twice. Hint: remove one")


@_of_population
def _initial_is_known(population: Population) -> Iterator[Problem]:
    if not population.initial:
        yield Problem(("initial",), "is empty. Hint: give the state where subjects start")
    known = _names_of_states(population)
    for state, weight in population.initial.items():
        path = ("initial",) if len(population.initial) == 1 else ("initial", state)
        # With no state at all, everything would be unknown; that there is none is reported by another check.
        if known and not (isinstance(state, str) and state in known):
            yield Problem(path, f"{state!r} is not a state. Hint: {did_you_mean(str(state), population.states)}")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not weight > 0:
            yield Problem(path, f"weight {weight!r} is not above 0. Hint: give a number above 0, or remove it")
        elif weight >= TOO_HEAVY:
            yield Problem(path, f"weight {weight!r} is too large. Hint: give less than {TOO_HEAVY}")


def _each_transition(check: Callable[[Spec, Transition], Iterator[Found]]) -> Check:
    def check_all(spec: Spec) -> Iterator[Problem]:
        for position, transition in enumerate(spec.population.transitions):
            for key, message in check(spec, transition):
                yield Problem(("transitions", position, *key), message)

    return _of_each(check_all)


@_each_transition
def _trigger_is_a_name(_: Spec, transition: Transition) -> Iterator[Found]:
    if not isinstance(transition.trigger, str) or not transition.trigger:
        yield ("trigger",), f"{transition.trigger!r} is not a name. Hint: give a non-empty string"


@_of_population
def _ends_are_known(population: Population) -> Iterator[Problem]:
    known = _names_of_states(population)
    for position, transition in enumerate(population.transitions if known else ()):
        ends: list[tuple[str, object]] = [("from", state) for state in population.sources(transition)]
        if not ends:
            yield Problem(("transitions", position, "from"), "is empty. Hint: give a state, or remove the transition")
        if transition.to_state is not None and not isinstance(transition.to_state, Mapping):
            ends.append(("to", transition.to_state))
        for end, state in ends:
            if not (isinstance(state, str) and state in known):
                problem = f"{state!r} is not a state. Hint: {did_you_mean(str(state), population.states)}"
                yield Problem(("transitions", position, end), problem)


def _names_of_states(population: Population) -> frozenset[str]:
    return frozenset(state for state in population.states if isinstance(state, str))


@_of_population
def _triggers_differ(population: Population) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for position, transition in enumerate(population.transitions):
        for state in population.sources(transition):
            if (state, transition.trigger) in seen:
                path = ("transitions", position, "trigger")
                yield Problem(path, f"{transition.trigger!r} is {given_twice(state)}")
                # One problem per transition, although each state it leaves may have it.
                break
        seen.update((state, transition.trigger) for state in population.sources(transition))


@_each_transition
def _probability_is_a_percentage(_: Spec, transition: Transition) -> Iterator[Found]:
    given = transition.probability
    # An expression is known only in a run, which checks it each time.
    if isinstance(given, str) and transition.percent is None:
        return  # an expression of attributes
    if given is not None and (isinstance(given, bool) or not is_percentage(transition.percent)):
        yield ("probability",), not_a_percentage(transition.percent)


@_of_population
def _sums_leave_room(population: Population) -> Iterator[Problem]:
    """Yield one problem per state, at the last transition that leaves it."""
    leaving: dict[str, list[int]] = {}
    for position, transition in enumerate(population.transitions):
        if is_percentage(transition.percent):
            for state in population.sources(transition):
                leaving.setdefault(state, []).append(position)
    for state, positions in leaving.items():
        transitions = [population.transitions[position] for position in positions]
        # Not a sum of floats: 16.1 + 48.2 + 35.7 would be above 100.
        excess = PercentSum.of(transitions).excess
        if excess:
            yield Problem(("transitions", positions[-1], "probability"), too_likely(state, excess, transitions))


@_of_population
def _final_states_are_not_left(population: Population) -> Iterator[Problem]:
    known = _names_of_states(population)
    for state in population.final:
        if state not in known:
            hint = did_you_mean(state, population.states)
            yield Problem(("states",), f"{state!r} is marked final but is not a state. Hint: {hint}")
    final = frozenset(population.final)
    for position, transition in enumerate(population.transitions if final else ()):
        for state in population.sources(transition):
            if state in final:
                yield Problem(("transitions", position, "from"), not_left(state))


@_each_transition
def _does_with_do_and_emit(_: Spec, transition: Transition) -> Iterator[Found]:
    if transition.action_callback is not None:
        yield ("do",), "action_callback is for DataOnlineGenerator. Hint: give a model's action as do="
    if transition.event_sinks:
        yield ("emit",), "event_sinks are for DataOnlineGenerator. Hint: name the streams it feeds as emit="


@_of_each
def _emits_to_streams(spec: Spec) -> Iterator[Problem]:
    of_tables = streams_of_tables(spec)
    for number, event in enumerate(spec.population.events):
        path = spec.population.path_of_event(number)
        for position, stream in enumerate(event.emit):
            where = stream if isinstance(event.emit, Mapping) else position
            if stream in spec.streams and spec.streams[stream].each and event.lines is None:
                problem = f"{stream!r} has a record for each line, and {event.trigger!r} has no lines"
                yield Problem((*path, "emit", where), f"{problem}. Hint: give it lines, or feed another stream")
            if stream in of_tables:
                problem = f"{stream!r} has the rows of a table. Hint: emit to another stream"
                yield Problem((*path, "emit", where), problem)
            if stream not in spec.streams:
                problem = f"{stream!r} is not a stream. Hint: {_meant(str(stream), spec.streams)}"
                yield Problem((*path, "emit", where), problem)
        for position, stream in repeated(event.emit):
            if stream in spec.streams:
                yield Problem((*path, "emit", position), f"{stream!r} is given twice. Hint: remove one")


def _lines_are_of_events(spec: Spec) -> Iterator[Problem]:
    """Streams with a record for each line; who feeds them is checked where it emits."""
    histories = {stream for incident in spec.incidents.values() for stream in incident.emit}
    for name, stream in spec.streams.items():
        path = ("streams", name, "each")
        if stream.each not in (None, EACH_LINE):
            yield Problem(path, f"{stream.each!r} is not known. Hint: write {EACH_LINE!r}, or leave it out")
        elif stream.each and name in streams_of_tables(spec) | histories:
            yield Problem(path, "only the events of subjects have lines. Hint: remove it")


def _parts(name: str) -> list[str]:
    return [part.strip() for part in name.split(",")]


def _meant(stream: str, known: Iterable[str]) -> str:
    """A hint on an unknown stream; a name with commas was meant as several streams."""
    parts = _parts(stream)
    several = len(parts) > 1 and set(parts) & set(known)
    return f"give a list: [{', '.join(parts)}]" if several else did_you_mean(stream, known)


def _streams_are_fed(spec: Spec) -> Iterator[Problem]:
    ways = [transition for population in spec.populations for transition in population.events]
    emitted = [stream for transition in ways for stream in transition.emit]
    emitted += [stream for incident in spec.incidents.values() for stream in incident.emit]
    fed = {name for stream in emitted for name in (stream, *_parts(str(stream)))}  # commas: reported above
    of_tables = streams_of_tables(spec)
    for name, stream in spec.streams.items():
        if name in of_tables:
            continue
        if name not in fed:
            problem = f"no transition feeds it. Hint: write 'emit: {name}' in one, or remove the stream"
            yield Problem(("streams", name), problem)
        if not stream.fields:
            yield Problem(
                ("streams", name, "fields"), "is empty. Hint: give at least one, such as timestamp: timestamp"
            )


@_of_population
def _attributes_have_names_of_their_own(population: Population) -> Iterator[Problem]:
    for name in population.attributes:
        path = ("subjects", "attributes", name)
        if wrong := wrong_name(name):
            yield Problem(path, wrong)


@_of_population
def _zone_is_known(population: Population) -> Iterator[Problem]:
    if population.zone is None or population.zone in population.attributes:
        return
    for it in zone_problems(population.zone):
        near = did_you_mean(population.zone, population.attributes)
        meant = it.message if not near.startswith("did") else f"{population.zone!r} is not an attribute. Hint: {near}"
        yield replace(it, path=("subjects", "zone"), message=meant)


@_of_population
def _values_are_texts_that_differ(population: Population) -> Iterator[Problem]:
    for name, attribute in population.attributes.items():
        path = ("subjects", "attributes", name, "values")
        for position, value in repeated(attribute.values or ()):
            yield Problem((*path, position), f"{value!r} is given twice. Hint: remove one")
        if attribute.values is not None and attribute.type not in (None, "string"):
            yield Problem(path, f"values are for strings, not for type {attribute.type}. Hint: remove one of the two")


def _targets_name_streams(spec: Spec) -> Iterator[Problem]:
    for name, target in spec.targets.items():
        streams: Mapping[str, object] = target
        for stream in streams:
            if stream not in spec.streams:
                problem = f"{stream!r} is not a stream. Hint: {did_you_mean(str(stream), spec.streams)}"
                yield Problem(("targets", name, stream), problem)


CHECKS: tuple[Check, ...] = (
    _names_are_names,
    lambda spec: zone_problems(spec.zone),
    _zone_is_known,
    _of_population(count_problems),
    lambda spec: clock_problems(spec.clock),
    lambda spec: warm_up_problems(spec.clock),
    _states_are_names_and_differ,
    _initial_is_known,
    _trigger_is_a_name,
    _ends_are_known,
    _triggers_differ,
    _probability_is_a_percentage,
    _sums_leave_room,
    _final_states_are_not_left,
    _of_each(timing_problems),
    rhythm_problems,
    _of_each(rhythm_uses),
    incident_problems,
    table_problems,
    _of_each(arrival_problems),
    spawn_problems,
    constant_problems,
    _does_with_do_and_emit,
    _emits_to_streams,
    _lines_are_of_events,
    _streams_are_fed,
    _attributes_have_names_of_their_own,
    _values_are_texts_that_differ,
    _targets_name_streams,
)
