"""The identity of a run: the meaning of the model, not its notation."""

import json
from dataclasses import replace
from importlib.metadata import version

import pytest

from doge_datagen import Arrival, Attribute, Clock, Holidays, Model, Population, Rhythm, Stream, Transition
from doge_datagen.errors import ModelError
from doge_datagen.language.time.zones import VERSION
from doge_datagen.run.resuming.identity import check_same, identity
from doge_datagen.sinks.memory_batches import MemoryBatchSink


def model(do="balance -= 1", start="index * 2", field="balance", key="index", header="trigger"):
    return Model(
        name="shop",
        subjects=Population("user", 3, {"balance": Attribute(start)}),
        states=["on"],
        initial="on",
        transitions=[Transition("pay", "on", "on", 50, do=do, emit="paid")],
        streams={"paid": Stream({"left": field}, key=key, headers={"why": header})},
        clock=Clock(0, 1000, 10),
    )


def paying(user, _draw):
    user.balance -= 1


def meant(stages=(), **given):
    """The identity of a run of a model."""
    return identity(model(**given).program, 1, stages=stages)


SAME = {
    "comment": {"do": "balance -= 1  # one"},
    "space": {"do": "balance  -=1"},
    "parentheses": {"do": "balance -= (1)", "start": "(index * 2)"},
    "function": {"do": paying},
    "expressions": {"start": "index*2", "field": "(balance)", "key": "( index )", "header": " trigger"},
}
OTHER = {
    "subjects": {"start": "index * 3"},
    "transitions": {"do": "balance -= 2"},
    "streams": {"key": "index + 1"},
}


@pytest.mark.parametrize("kwargs", SAME)
def test_the_same_meaning_is_the_same_run(kwargs):
    assert meant(**SAME[kwargs]) == meant()


def test_a_number_equals_its_expression():
    assert meant(start=2) == meant(start="2") != meant(start=2.0)


@pytest.mark.parametrize("part", OTHER)
def test_a_changed_meaning_is_a_different_run_and_the_part_is_named(part):
    with pytest.raises(ModelError, match=f"different {part} from the model's"):
        check_same("name", "paid", meant(), meant(**OTHER[part]))


def test_the_order_of_attributes_matters_as_they_are_evaluated_in_it():
    one, other = (dict.fromkeys(names, "0") for names in ("ab", "ba"))
    first, second = (replace(model(), subjects=Population("u", 3, {"balance": 0, **it})) for it in (one, other))
    assert identity(first.program, 1) != identity(second.program, 1)


@pytest.mark.parametrize("change", [{"version": 1}, {"version": None}, {"law": 2}])
def test_a_run_of_another_version_is_reported_as_such(change):
    old = json.dumps(json.loads(meant()) | change)
    with pytest.raises(ModelError, match="that another version of doge-datagen began"):
        check_same("name", "paid", old, meant())


class Delaying:
    """A stage for identities."""

    def __init__(self, delay):
        self.identity, self.delay = f"by {delay}", delay


def test_stages_are_part_of_the_identity_and_so_is_the_end_if_they_delay_records():
    plain = json.loads(meant())
    at_once, late = (json.loads(meant(stages=[Delaying(0), Delaying(delay)])) for delay in (0, 7))
    assert plain.keys().isdisjoint({"stages", "ticks"})
    assert at_once == plain | {"stages": ["by 0", "by 0"]}
    assert late == plain | {"stages": ["by 0", "by 7"], "ticks": 10}


def test_the_version_of_time_zones_matters_if_a_zone_other_than_utc_is_used():
    plain, utc = model(field="hour(timestamp)"), model(field="hour(timestamp, zone='UTC')")
    for one in (plain, utc):
        assert "tzdata" not in json.loads(identity(one.program, 1))
    for one in (replace(model(), zone="Europe/Warsaw"), model(field="hour(timestamp, zone='Asia/Tokyo')")):
        assert json.loads(identity(one.program, 1))["tzdata"] == VERSION


def test_a_changed_zone_is_a_different_run():
    with pytest.raises(ModelError, match="zone 'Europe/Warsaw', not None"):
        check_same("name", "paid", identity(replace(model(), zone="Europe/Warsaw").program, 1), meant())


def with_rhythm(rhythm=None):
    one = model()
    exits = [Transition("pay", "on", "on", rate="3/d", rhythm="often" if rhythm else None, emit="paid")]
    return replace(one, transitions=exits, rhythms={} if rhythm is None else {"often": rhythm})


def test_arrivals_are_part_of_the_identity():
    def of(**kwargs):
        people = Population("user", None, {"balance": 0}, arrive=Arrival(kwargs.pop("rate", "5/d"), **kwargs))
        return identity(replace(model(), subjects=people).program, 1)

    assert of() == of(rate="(5 / d)")
    assert of(do="balance = 1") == of(do="balance = 1  # one")
    others = [{"rate": "6/d"}, {"initially": 5}, {"trigger": "join"}, {"do": "balance = 1"}, {"emit": "paid"}]
    assert len({of(), *(of(**kwargs) for kwargs in others)}) == 6
    assert json.loads(of())["subjects"] != json.loads(identity(model().program, 1))["subjects"]


def test_a_model_without_rhythms_has_an_identity_without_them():
    assert not {"rhythms", "tzdata", "holidays"} & set(json.loads(identity(with_rhythm().program, 1)))


def test_a_rhythm_and_its_data_are_part_of_the_identity():
    one, other = with_rhythm(Rhythm(hours={7: 1, 9: 2})), with_rhythm(Rhythm(hours={7: 1, 9: 3}))
    with pytest.raises(ModelError, match="different rhythms from the model's"):
        check_same("name", "paid", identity(one.program, 1), identity(other.program, 1))
    assert "tzdata" not in json.loads(identity(one.program, 1))
    local = json.loads(identity(with_rhythm(Rhythm("Europe/Warsaw")).program, 1))
    assert local["tzdata"]
    with pytest.raises(ModelError, match="tzdata '1999a', not "):
        check_same("name", "paid", json.dumps(local | {"tzdata": "1999a"}), json.dumps(local))


def test_the_version_of_holidays_and_the_rhythm_of_a_dwell_time_are_part_of_the_identity():
    assert json.loads(identity(with_rhythm(Rhythm(holidays=Holidays("PL", 0.5))).program, 1))["holidays"]
    rhythms = {"often": Rhythm(hours={7: 1, 9: 2})}
    exits = [Transition("pay", "on", "on", weight=1, emit="paid")]
    one, other = (
        replace(model(), transitions=exits, rhythms=rhythms, dwells={"on": "1 h"}, dwell_rhythms=by)
        for by in ({}, {"on": "often"})
    )
    with pytest.raises(ModelError, match="different states from the model's"):
        check_same("name", "paid", identity(one.program, 1), identity(other.program, 1))


def test_a_report_has_the_versions_of_data_that_affect_records():
    plain, polish = with_rhythm(), with_rhythm(Rhythm(zone="Europe/Warsaw", holidays=Holidays("PL", 0.5)))
    assert not plain.run({"paid": MemoryBatchSink()}, seed=1).data_versions
    actual = polish.run({"paid": MemoryBatchSink()}, seed=1).data_versions
    assert actual == {"tzdata": VERSION, "holidays": version("holidays")}
