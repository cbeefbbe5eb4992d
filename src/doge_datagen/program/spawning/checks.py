"""Check how subjects come: how many there are, how they arrive, and who spawns whom with what names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from doge_datagen.errors import ModelError, Problem, did_you_mean
from doge_datagen.model.arrival import ARRIVE, BORN, Arrival, Born
from doge_datagen.model.coercion import whole_number
from doge_datagen.model.population_paths import in_population
from doge_datagen.model.spec import Population, Spec
from doge_datagen.model.transition import EACH_LINE, Spawn
from doge_datagen.program.expression_names import wrong_name
from doge_datagen.program.spawning.lineage import children, spawned_by

Path = tuple[str | int, ...]
Found = tuple[Population, Path, Spawn]
"""The population that spawns, the path of what does, and what it spawns."""


def spawn_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with who spawns whom."""
    problems = list(_strangers(spec))
    yield from problems
    if problems:
        return  # nobody knows who was meant
    each = [(it, _path(spec, it, *where), spawn) for it in spec.populations for *where, spawn in spawned_by(it)]
    for population, path, it in each:
        yield from _lines(population, path, it)
    yield from _parents(spec, each)
    yield from _circles(spec, each)
    for population in spec.populations:
        mine = [it for it in each if it[2].population == population.name]
        yield from _names(population, mine)


def _path(spec: Spec, population: Population, event: int, position: int) -> Path:
    return _whole(spec, population, (*population.path_of_event(event), "spawn", position))


def _whole(spec: Spec, population: Population, path: Path) -> Path:
    """A path of a population in the whole model."""
    return in_population(population.name, path) if len(spec.populations) > 1 else path


def _strangers(spec: Spec) -> Iterator[Problem]:
    """What spawns no population that can be spawned."""
    known: Mapping[str, Population] = {it.name: it for it in spec.populations}
    spawned = [name for name, it in known.items() if it.is_spawned]
    for population in spec.populations:
        for number, event in enumerate(population.events):
            each: Sequence[object] = event.spawn
            for position, it in enumerate(each):
                path = _path(spec, population, number, position)
                if not isinstance(it, Spawn):
                    yield Problem(path, f"{it!r} is not a Spawn. Hint: give one, or the name of a population")
                elif it.population not in known:
                    hint = did_you_mean(str(it.population), spawned or list(known))
                    yield Problem((*path, "population"), f"{it.population!r} is not a population. Hint: {hint}")
                elif it.population == population.name:
                    problem = "a population cannot spawn itself. Hint: let it spawn another one"
                    yield Problem((*path, "population"), problem)
                elif it.population not in spawned:
                    hint = f"give {it.population} 'born: {{}}' instead of count or arrive"
                    yield Problem((*path, "population"), f"{it.population!r} is not spawned. Hint: {hint}")


def _lines(population: Population, path: Path, it: Spawn) -> Iterator[Problem]:
    """What is wrong with spawning one for each line."""
    if it.each is None:
        return
    # By identity: two events may spawn the same, and one of them have no lines.
    event = next(event for event in population.events if any(it is one for one in event.spawn))
    if it.each != EACH_LINE:
        yield Problem((*path, "each"), f"{it.each!r} is not {EACH_LINE!r}. Hint: write {EACH_LINE}, or remove each")
    elif event.lines is None:
        yield Problem((*path, "each"), f"{event.trigger!r} has no lines. Hint: give it lines, or remove each")
    elif it.times not in (1, "1"):
        yield Problem((*path, "times"), "there is one for each line already. Hint: remove times, or each")


def _parents(spec: Spec, each: list[Found]) -> Iterator[Problem]:
    """Populations that nobody spawns, or more than one."""
    for population in (it for it in spec.populations if it.is_spawned):
        mine = [(parent, path) for parent, path, it in each if it.population == population.name]
        names = list(dict.fromkeys(parent.name for parent, _ in mine))
        if not names:
            hint = f"write 'spawn: {population.name}' in a transition of another population"
            yield Problem(_whole(spec, population, population.path_of_arrival), f"nothing spawns it. Hint: {hint}")
        for parent, path in mine:
            # A child's draws depend on the path of its ancestors, which two kinds of parents would give it twice.
            if parent.name != names[0]:
                problem = f"{population.name!r} is spawned by {names[0]!r} already"
                yield Problem(path, f"{problem}. Hint: give each of them a population of its own to spawn")
                break


def _circles(spec: Spec, each: list[Found]) -> Iterator[Problem]:
    """Populations that descend from themselves."""
    known = {it.name: it for it in spec.populations}
    for parent, path, it in each:
        way = [parent.name, it.population]
        # Found from each population in the circle, and reported from the first by name only.
        if _leads_back(known, it.population, parent.name, way) and parent.name == min(way):
            circle = " -> ".join(way)
            yield Problem(path, f"populations spawn each other in a circle: {circle}. Hint: remove one of these spawns")


def _leads_back(known: Mapping[str, Population], start: str, goal: str, way: list[str]) -> bool:
    """Whether a population descends from another; ``way`` becomes the names in between."""
    if start == goal:
        return True
    for child in children(known[start]):
        # A population in the way already leads in another circle, which is found from there; following it would not
        # end.
        if child == goal or child not in way:
            way.append(child)
            if _leads_back(known, child, goal, way):
                return True
            way.pop()
    return False


def _names(population: Population, mine: list[Found]) -> Iterator[Problem]:
    """The names of given values: all who spawn a population give the same."""
    wanted = list(dict.fromkeys(name for _, _, it in mine for name in it.values))
    for _, path, it in mine:
        for name in it.values:
            with_name = (*path, "with", name)
            if wrong := wrong_name(name):
                yield Problem(with_name, wrong)
            elif name in population.attributes:
                problem = f"{name!r} is an attribute of {population.name} already"
                yield Problem(with_name, f"{problem}. Hint: rename it, or remove the attribute")
        missing = [name for name in wanted if name not in it.values]
        if missing:
            problem = f"{missing[0]!r} is missing, which others that spawn {population.name} give"
            yield Problem((*path, "with"), f"{problem}. Hint: add it")


MOST_SUBJECTS = 2**32 - 1
SUBJECTS = ("subjects",)
COUNT = ("subjects", "count")


def count_problems(population: Population) -> Iterator[Problem]:
    """Check the number of subjects, which depends on nothing else in the model."""
    given = population.arrive
    named: object = population.count  # whatever was given first
    if isinstance(named, Arrival):
        what = BORN if isinstance(named, Born) else ARRIVE
        example = f"Population({population.name!r}, {what}={type(named).__name__}(...))"
        yield Problem(
            COUNT, f"{type(named).__name__}(...) is not a number of subjects. Hint: give it by name: {example}"
        )
    elif given is None and population.count is None:
        yield Problem(SUBJECTS, "'count' is missing. Hint: add it, such as 'count: 1000', or arrive, or born")
    elif given is not None and population.count is not None and population.is_spawned:
        yield Problem(
            population.path_of_arrival, "subjects that are spawned have no count. Hint: remove count, or born"
        )
    elif given is not None and population.count is not None:
        hint = "keep count for a fixed number, or arrive for subjects that come while the run goes on"
        yield Problem(population.path_of_arrival, f"it has both count and arrive. Hint: {hint}")
    elif given is not None:
        yield from _number((*population.path_of_arrival, "initially"), given.initially, at_least=0)
    else:
        yield from _number(COUNT, population.count, at_least=1)


def _number(path: tuple[str, ...], value: object, *, at_least: int) -> Iterator[Problem]:
    try:
        whole_number("", value, at_least=at_least, below=MOST_SUBJECTS + 1)
    except ModelError as error:
        yield Problem(path, str(error).removeprefix(": "))


def arrival_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with how subjects arrive, except for the expressions."""
    given, path = spec.population.arrive, spec.population.path_of_arrival
    if given is None:
        return
    if not isinstance(given.trigger, str) or not given.trigger:
        yield Problem((*path, "trigger"), f"{given.trigger!r} is not a name. Hint: give a non-empty string")
    if given.rhythm is not None and given.rhythm not in spec.rhythms:
        hint = did_you_mean(str(given.rhythm), spec.rhythms)
        yield Problem((*path, "rhythm"), f"{given.rhythm!r} is not a rhythm. Hint: {hint}")
