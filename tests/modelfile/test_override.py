"""Values from the command line replace those of the file."""

import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.model import Destination
from doge_datagen.modelfile.load import loads
from doge_datagen.modelfile.override import path_of
from doge_datagen.modelfile.paths import SHAPES
from doge_datagen.modelfile.schema.shape_errors import keys_at
from tests.examples.programs import EXAMPLES

BANK = (EXAMPLES / "bank" / "bank.yaml").read_text()
TWO = BANK.replace("trigger: logout", "trigger: login")


def bank(key, value, text=BANK):
    return loads(text, name="bank.yaml", overrides={key: value}).spec


def error_of(key, value, text=BANK):
    with pytest.raises(InvalidModelError) as caught:
        bank(key, value, text)
    return str(caught.value)


def test_a_number_of_the_subjects():
    assert bank("subjects.count", "1e3").population.count == 1000


@pytest.mark.parametrize("end", ["ticks=5", "until=5 min"])
@pytest.mark.parametrize("in_file", ["ticks: 1000", "until: 7 d", "tick: 1 min"])
def test_one_form_of_end_replaces_the_other(end, in_file):
    text = BANK.replace("tick: 1 min, ticks: 1000", f"tick: 1 min, {in_file}".replace("1 min, tick: 1 min", "1 min"))
    key, value = end.split("=")
    assert bank(f"clock.{key}", value, text).clock.ticks == 5


def test_setting_both_ends_is_reported():
    with pytest.raises(InvalidModelError, match=r"clock: has both ticks and until. Hint: remove one"):
        loads(BANK, overrides={"clock.ticks": "5", "clock.until": "5 min"})


@pytest.mark.parametrize("name", [".spending", ".offline.spending", ".1", "[1]"])
def test_a_transition_by_trigger_by_state_and_trigger_and_by_number(name):
    assert bank(f"transitions{name}.probability", "0.2").population.transitions[1].probability == 0.2


def test_a_string_and_a_list_as_values():
    assert bank("streams.trx.key", "str(index)").streams["trx"].key == "str(index)"
    assert bank("transitions.logout.emit", "[clickstream, trx]").population.transitions[3].emit == (
        "clickstream",
        "trx",
    )


def test_a_key_that_the_file_does_not_have():
    clock = bank("clock", "{tick: 1 s, until: 1 min}").clock
    assert (clock.start, clock.tick_ms, clock.ticks) == (1577836800000, 1000, 60)
    assert bank("streams.loan.key", "str(user_id)").streams["loan"].key == "str(user_id)"


PARTS = """\
doge: 1
name: shop
clock: {start: 2026-01-01, until: 1 d}
constants: {often: 5}
tables:
  products: {count: 5, columns: {sku: index}}
populations:
  customer:
    count: 3
    states: [here]
    initial: here
    transitions:
      - trigger: buy
        from: here
        rate: often/d
        lines: {count: 2, fields: {amount: 5}}
        emit: {orders: true}
        spawn: {population: payment, with: {amount: 1}}
      - {trigger: dispute, from: here, rate: 1/d, emit: alerts, spawn: charge}
  payment:
    born: {emit: log}
    attributes: {paid: 0}
    states: [made]
    initial: made
    transitions: []
  charge: {born: {}, states: [made], initial: made, transitions: []}
streams: {orders: {fields: {id: id}}, log: {fields: {id: id}}, alerts: {fields: {id: id}}}
"""


def parts(key, value):
    return loads(PARTS, name="shop.yaml", overrides={key: value}).spec


def refused(key, value):
    with pytest.raises(InvalidModelError) as caught:
        parts(key, value)
    return str(caught.value)


def test_an_optional_key_that_the_file_does_not_have():
    assert parts("tables.products.seed", "4").tables["products"].seed == 4
    assert parts("tables.products.emit", "products").tables["products"].emit == "products"
    assert parts("tables.products.types.sku", "string").tables["products"].types == {"sku": "string"}
    assert parts("tables.products.types", "{sku: string}").tables["products"].types == {"sku": "string"}
    emit = parts("populations.customer.transitions.buy.emit.alerts", "often > 3").populations[0].transitions[0].emit
    assert emit == {"orders": True, "alerts": "often > 3"}
    text = PARTS.replace(", spawn: charge", "")
    model = loads(text, overrides={"populations.payment.born.spawn": "charge"}).spec
    assert [it.population for it in model.populations[1].arrive.spawn] == ["charge"]


@pytest.mark.parametrize("shape", SHAPES, ids=".".join)
def test_every_key_of_the_schema_can_be_set_where_the_file_does_not_have_it(shape):
    lists = ("transitions", "periods")
    path = tuple(0 if it == "#" or (it == "*" and shape[at - 1] in lists) else it for at, it in enumerate(shape))
    model = {}
    for part in reversed(path):
        model = [model] if part == 0 else {part: model}
    for key in keys_at(path, model):
        assert path_of(model, ".".join(map(str, (*path, key)))) == (*path, key)


def test_a_new_column_and_a_new_field_of_lines():
    assert list(parts("tables.products.columns.price", "uniform(1, 9)").tables["products"].columns) == ["sku", "price"]
    lines = parts("populations.customer.transitions.buy.lines.fields.tax", "2").populations[0].transitions[0].lines
    assert lines.fields == {"amount": "5", "tax": "2"}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("tables.products.sed", "4", "there is no such key. Hint: did you mean 'seed'?"),
        ("tables.products.typs.sku", "string", "tables.products has no 'typs'. Hint: did you mean 'types'?"),
        ("tables.product.seed", "4", "tables has no 'product'. Hint: did you mean 'products'?"),
        ("tables.cities.seed", "4", "tables has no 'cities'. Hint: known: 'products'"),
        (
            "populations.customer.transitions.buy.spawn.with.amuont",
            "7",
            "buy.spawn.with has no 'amuont'. Hint: did you mean 'amount'?",
        ),
        ("populations.payment.born.spwan", "charge", "there is no such key. Hint: did you mean 'spawn'?"),
        ("populations.customer.transitions.buy.emit.alert", "true", "Hint: did you mean 'alerts'?"),
        (
            "populations.customer.transitions.buy.lines.fields.amont",
            "7",
            "populations.customer.transitions.buy.lines.fields has no 'amont'. Hint: did you mean 'amount'?",
        ),
        ("constants.oftn", "3", "constants has no 'oftn'. Hint: did you mean 'often'?"),
        ("constants.seldom", "3", "constants has no 'seldom'. Hint: known: 'often'"),
        ("rhythms.evening.blend", "6 h", "the model has no 'rhythms'. Hint: known: "),
    ],
)
def test_a_key_that_no_file_has_and_a_constant_that_the_file_does_not_have_are_refused(key, value, message):
    assert message in refused(key, value)


def test_a_new_name():
    assert bank("streams.loan.fields.index", "index").streams["loan"].fields["index"] == "index"
    assert bank("streams.loan.headers.who", "user_id").streams["loan"].headers == {"who": "user_id"}
    assert bank("streams.loan.fields.alone", "index").streams["loan"].fields["alone"] == "index"
    assert bank("subjects.attributes.city", "5").population.attributes["city"].start == 5
    assert bank("targets.there.trx", "console").targets["there"] == {"trx": Destination("console")}
    assert bank("targets.there", "{trx: console}").targets["there"] == {"trx": Destination("console")}
    more = {"streams.audit": "{fields: {at: timestamp}}", "transitions.logout.emit": "[clickstream, audit]"}
    assert loads(BANK, overrides=more).spec.streams["audit"].fields == {"at": "timestamp"}


def test_a_name_that_differs_only_by_a_number_is_a_new_name():
    assert bank("targets.local2.trx", "console").targets["local2"] == {"trx": Destination("console")}
    assert bank("streams.loan.fields.user_id_2", "5").streams["loan"].fields["user_id_2"] == "5"


def test_a_stream_whose_name_has_dots_in_a_target_that_lacks_it():
    text = BANK.replace("  trx: {key", "  trx.eu: {key").replace("[trx,", "[trx.eu,").partition("targets:")[0]
    text += "targets:\n  local: {loan: console}\n"
    assert bank("targets.local.trx.eu", "console", text).targets["local"]["trx.eu"] == Destination("console")
    assert bank("targets.mine.trx.eu", "console", text).targets["mine"] == {"trx.eu": Destination("console")}


def test_the_weight_of_a_state_that_is_not_initial():
    text = BANK.replace("initial: offline", "initial: {offline: 3}")
    assert bank("initial.online", "1", text).population.initial == {"offline": 3, "online": 1}
    assert error_of("initial.onlin", "1", text).endswith("initial has no 'onlin'. Hint: did you mean 'online'?")


def test_a_new_name_for_a_model_without_one():
    text = BANK.partition("targets:")[0]
    assert bank("targets.here.trx", "out/x.csv", text).targets == {"here": {"trx": Destination("file", "out/x.csv")}}
    more = {"streams.loan.headers.who": "user_id", "streams.loan.headers.at": "timestamp"}
    assert loads(BANK, overrides=more).spec.streams["loan"].headers == {"who": "user_id", "at": "timestamp"}


def test_one_of_a_list():
    assert bank("transitions.spending.emit[1]", "loan").population.transitions[1].emit == ("trx", "loan")


def test_destinations_can_be_overridden():
    assert bank("targets.local.trx", "out/x.csv").targets["local"]["trx"] == Destination("file", "out/x.csv")
    assert bank("targets.real.trx", "console").targets["real"]["trx"] == Destination("console")
    assert bank("targets.real.clickstream.topic", "t").targets["real"]["clickstream"].options["topic"] == "t"


def test_names_with_dots_are_found():
    text = TWO.replace("trigger: spending", "trigger: spend.cash")
    assert bank("transitions.spend.cash.probability", "1", text).population.transitions[1].probability == 1
    assert bank("transitions.online.login.probability", "1", text).population.transitions[3].probability == 1


def test_an_override_sees_the_previous_one():
    model = loads(BANK, overrides={"transitions.spending.trigger": "pay", "transitions.pay.probability": "1"}).spec
    assert model.population.transitions[1].probability == 1


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("subjects.cuont", "1", "subjects.cuont: there is no such key. Hint: did you mean 'count'?"),
        ("subject.count", "1", "subject.count: the model has no 'subject'. Hint: did you mean 'subjects'?"),
        ("subjects.count", "x", "subjects.count: 'x' is not an integer. Hint: give how many subjects there are"),
        (
            "subjects.count.x",
            "1",
            "subjects.count.x: subjects.count has nothing below it. Hint: give it a value as a whole",
        ),
        (
            "transitions.spendin.do",
            "",
            "transitions.spendin.do: transitions has no 'spendin'. Hint: did you mean 'spending'?",
        ),
        ("streams.trxx.key", "x", "streams.trxx.key: streams has no 'trxx'. Hint: did you mean 'trx'?"),
        (
            "subjects.attributes.balanc",
            "5",
            "subjects.attributes.balanc: subjects.attributes has no 'balanc'. Hint: did you mean 'balance'?",
        ),
        ("targets.lcal.trx", "x", "targets.lcal.trx: targets has no 'lcal'. Hint: did you mean 'local'?"),
        ("targets.local.tx", "x", "targets.local.tx: 'tx' is not a stream. Hint: did you mean 'trx'?"),
        (
            "targets.loca.trx",
            "x",
            (
                "targets.loca.trx: targets has no 'loca'. "
                "Hint: did you mean 'local'? To add one of that name, write it in the file"
            ),
        ),
        (
            "streams.audit.fields.at",
            "x",
            (
                "streams.audit.fields.at: streams has no 'audit'. "
                "Hint: known: 'clickstream', 'trx', 'balance', 'loan'; give it"
            ),
        ),
        (
            "targets.mine.trx.topic",
            "x",
            "targets.mine.trx.topic: targets.mine has no 'trx'. Hint: none is defined yet; give it as a whole",
        ),
        (
            "streams.lane.key",
            "x",
            (
                "streams.lane.key: streams has no 'lane'. "
                "Hint: did you mean 'loan'? To add one of that name, give it as a whole"
            ),
        ),
        (
            "streams.trx.feilds.x",
            "x",
            "streams.trx.feilds.x: streams.trx has no 'feilds'. Hint: did you mean 'fields'?",
        ),
        ("transitions[9].do", "x", "transitions[9].do: transitions has no '[9]'. Hint: known: '0', '1', "),
        ("", "1", "is not a path. Hint: give one such as subjects.count"),
        (
            "name",
            "[",
            "name: this is not YAML: expected the node content, but found '<stream end>'. Hint: check what",
        ),
        ("name", "", "name: the value is missing. Hint: give a value, such as 'name: bank'"),
    ],
)
def test_an_override_that_cannot_be_applied_is_reported(key, value, message):
    assert error_of(key, value).split("--set: ")[1].removeprefix(": ").startswith(message)


def test_a_trigger_in_two_states_requires_its_state():
    assert error_of("transitions.login.probability", "1", TWO) == (
        "--set: transitions.login.probability: 'login' names more than one transition. "
        "Hint: name its state too: state.login"
    )


def test_a_problem_in_an_overridden_expression_is_located_in_the_override():
    assert error_of("streams.trx.key", "str(usr_id)").startswith("--set: streams.trx.key: 'usr_id' is unknown")
    long = BANK.replace("loan_balance: 0", "loan_balance: {type: integer, start: 0}")
    assert error_of("subjects.attributes.loan_balance.start", "foo", long).startswith(
        "--set: subjects.attributes.loan_balance.start: 'foo' is unknown"
    )
    assert error_of("subjects.attributes.loan_balance", "foo").startswith(
        "--set: subjects.attributes.loan_balance: 'foo' is unknown"
    )


def test_the_value_of_a_destination_is_not_shown():
    assert "secret" not in error_of("targets.local", "postgresql://me:secret@host/db")


def test_an_error_within_a_value_is_reported_with_its_path():
    assert error_of("streams.trx", "{key: usr_id, fields: {at: timestamp}}").startswith(
        "--set: streams.trx.key: 'usr_id' is unknown"
    )
    assert error_of("transitions.logout.emit", "[trxx]").startswith(
        "--set: transitions.logout.emit[0]: 'trxx' is not a stream"
    )
    assert error_of("transitions.logout.emit", "trxx").startswith(
        "--set: transitions.logout.emit: 'trxx' is not a stream"
    )


def test_an_error_in_an_overridden_value_disappears_with_it():
    twice = BANK.replace(
        "    to: offline\n    probability: 0.1\n", "    to: offline\n    to: online\n    probability: 0.1\n"
    )
    assert "transitions.spending.to: given twice" in error_of("name", "other", twice)
    assert bank("transitions.spending.to", "online", twice).population.transitions[1].to_state == "online"
    assert "given twice" not in error_of("transitions", "[]", twice)
    cut = BANK.replace("trigger: login", "trigger: login, do: balance = randrange(0, 9)")
    assert bank("transitions.login.do", "balance = 5", cut).population.transitions[2].do == "balance = 5"
    assert error_of("transitions.login.do", "balance = foo", cut).startswith(
        "--set: transitions.login.do: 'foo' is unknown"
    )


def test_a_missing_part_is_reported_with_the_name_used_for_the_transition():
    lines = "doge: 1\ntransitions: [{trigger: spending, lines: {count: 1, fields: {price: 1}}}]"
    path = "transitions.spending.lines.fields"
    assert f": {path} has no 'prce'. Hint: did you mean 'price'?" in error_of(f"{path}.prce", "1", lines)
