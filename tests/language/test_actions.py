"""The effects of actions, statement by statement."""

import pytest

from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.errors import CalculationError
from doge_datagen.numeric.faults import EMPTY_RANGE, MESSAGES, OVERFLOW, ZERO_DIVISION
from tests.compiling import program_of
from tests.language.translating import act, code_of, errors_of, errors_of_action, run_action, spec_of


def test_an_action_assigns_attributes():
    assert act("balance = 5\nrate = 2") == (True, {"balance": 5, "rate": 2.0}, 0)


def test_an_action_changes_attributes_in_place():
    assert act("balance -= 30; balance *= 2") == (True, {"balance": 140}, 0)


def test_a_requirement_that_does_not_hold_rejects_the_transition():
    assert act("require(balance > 100)\nbalance = 0")[0] is False
    assert act("require(balance > 99)\nbalance = 0") == (True, {"balance": 0}, 0)


@pytest.mark.parametrize(("text", "happens"), [("return False", False), ("return True", True), ("return", True)])
def test_only_return_false_rejects(text, happens):
    assert act(f"if active:\n    {text}\nbalance = 0")[0] is happens


@pytest.mark.parametrize("balance", [9, 10])
@pytest.mark.parametrize(
    "text", ["return balance >= 10", "rich = balance >= 10\nbalance = 0\nreturn rich or not active"]
)
def test_the_return_value_decides_whether_it_happens(text, balance):
    assert act(text, balance=balance)[0] is (balance == 10)


def test_a_program_knows_which_actions_may_reject():
    actions = [
        program_of(spec_of(do=do)).actions[0]
        for do in ("balance = 1", "require(active)", "return False", "return True", "return active")
    ]
    assert [action.may_reject for action in actions] == [False, True, True, False, True]


@pytest.mark.parametrize(("balance", "tier"), [(1, "basic"), (50, "gold"), (500, "basic")])
def test_the_first_branch_that_holds_is_taken(balance, tier):
    text = "if balance < 10:\n    tier = 'basic'\nelif balance < 100:\n    tier = 'gold'\nelse:\n    tier = 'basic'"
    assert act(text, balance=balance, tier=1)[1]["tier"] == tier


def test_branches_can_be_nested():
    text = (
        "if active:\n    if balance > 5:\n        balance = 1\n    else:\n        balance = 2\nelse:\n    balance = 3"
    )
    assert [act(text, balance=at, active=on)[1]["balance"] for at, on in ((9, True), (1, True), (9, False))] == [
        1,
        2,
        3,
    ]


def test_a_name_has_the_type_of_its_first_value():
    assert errors_of_action("x = 0.0\nx = 1\nrate = x") == []
    assert errors_of_action("x = 1\nx = x + 0.5")[0].startswith(
        "(line 2, column 5): x + 0.5 is a float and cannot become"
    )


def test_an_integer_becomes_a_float_if_the_attribute_is_a_float():
    assert act("rate = balance")[1] == {"rate": 100.0}
    assert isinstance(act("rate = balance")[1]["rate"], float)


def test_a_docstring_and_pass_do_nothing():
    assert act("'what it is'\npass") == (True, {}, 0)


def test_a_text_may_be_indented_as_a_whole():
    assert act("\n    balance = 1\n    if active:\n        balance = 2\n    ")[1] == {"balance": 2}


ASSIGNED = {
    "if active:\n    x = 1\nelse:\n    x = 2": True,
    "if active:\n    x = 1\nelif balance > 1:\n    x = 2\nelse:\n    x = 3": True,
    "if active:\n    x = 1\nelse:\n    return False": True,
    "if active:\n    return\nx = 1": True,
    "if active:\n    x = 1\nelse:\n    if balance > 1:\n        return False\n    else:\n        return True": True,
    "x = 0\nif active:\n    x = 1": True,
    "if active:\n    x = 1": False,
    "if active:\n    x = 1\nelif balance > 1:\n    x = 2": False,
    "if active:\n    y = 1\nelse:\n    x = 1": False,
    "if active:\n    x = 1\nelse:\n    if balance > 1:\n        return False": False,
    "if active:\n    pass\nelse:\n    x = 1": False,
}


@pytest.mark.parametrize(("text", "assigned"), ASSIGNED.items(), ids=range(len(ASSIGNED)))
def test_a_name_can_be_read_only_if_every_path_assigns_it(text, assigned):
    wrong = errors_of_action(f"{text}\nbalance = x")
    assert (wrong == []) is assigned
    assert all("'x' may have no value here" in line for line in wrong)


def test_an_invalid_condition_does_not_hide_errors_below_it():
    assert len(errors_of_action("if foo:\n    balance = bar\nelse:\n    balance = baz")) == 3


def test_a_name_whose_value_is_rejected_is_reported_once():
    assert len(errors_of_action("x = foo\ny = x + 1\nif y > x:\n    z = y\nelse:\n    z = 1\nbalance = z")) == 1


def test_a_name_assigned_correctly_after_an_error_is_known():
    assert len(errors_of_action("x = foo\nx = 1\nbalance = x + bar")) == 2


def test_a_shared_action_may_compare_with_states_and_triggers_of_other_transitions():
    assert errors_of_action("if trigger == 'other':\n    balance = 1") == []
    assert errors_of_action("if trigger == 'othr':\n    balance = 1")[0].endswith("did you mean 'other'?")


def test_trigger_and_states_are_those_of_the_transition():
    assert (
        act("if trigger == 'act' and from_state == to_state:\n    balance = 1\nelse:\n    balance = 2")[1]["balance"]
        == 1
    )


@pytest.mark.parametrize(
    ("do", "fault"),
    [
        ("balance = 9223372036854775807 + balance", OVERFLOW),
        ("balance = -9223372036854775808 - balance", OVERFLOW),
        ("balance = 2 ** 63 * balance", OVERFLOW),
        ("balance = abs(-9223372036854775808 + balance * 0)", OVERFLOW),
        ("balance = balance // 0", ZERO_DIVISION),
        ("balance %= 0", ZERO_DIVISION),
        ("rate = balance / 0", ZERO_DIVISION),
        ("balance = randrange(5, 5)", EMPTY_RANGE),
        ("balance = randint(balance, 0)", EMPTY_RANGE),
    ],
)
def test_a_fault_names_the_transition_and_numbers_never_wrap(do, fault):
    with pytest.raises(CalculationError) as caught:
        InterpretedEngine(program_of(spec_of(do=do)), 1).window(5)
    assert str(caught.value) == f"transitions.act: {MESSAGES[fault]} (subject 0, at 1970-01-01T00:16:40Z)"


def test_a_fault_in_a_branch_not_taken_does_not_count():
    assert act("balance = balance // 0 if balance == 0 else 7") == (True, {"balance": 7}, 0)
    assert act("active = balance == 0 or 1 // balance == 0", balance=0) == (True, {"active": True}, 0)


def test_a_new_draw_elsewhere_changes_no_other_draw():
    do = "balance = randrange(0, 1000000)\nrate = random()"
    alone = run_action(program_of(spec_of(do=do)))
    more = spec_of(do=do, attributes={"new": "random()"}, fields={"a": "random()", "b": "gauss()"})
    assert run_action(program_of(more)) == alone


def test_draws_of_one_action_differ_by_their_position():
    _, written, _ = act("balance = randrange(0, 2 ** 60)\nborn = timestamp + randrange(0, 2 ** 60)")
    assert written["balance"] != written["born"] - 1_005_000


def test_the_same_code_in_another_transition_has_different_draws():
    program = program_of(spec_of(do="balance = randrange(0, 2 ** 60)", attributes={}))
    assert "randrange(fault, key0, key1, subject, tick, " in code_of(program)
    assert act("balance = randrange(0, 2 ** 60)", tick=6) != act("balance = randrange(0, 2 ** 60)", tick=5)


def test_a_draw_in_the_middle_of_a_chain_is_one_draw():
    text = "active = 0.4 < random() < 0.6"
    drawn = [act(f"rate = random()\n{text.replace('random()', 'rate')}", tick=at)[1]["active"] for at in range(50)]
    assert [act(text, tick=at)[1]["active"] for at in range(50)] == drawn


def test_an_action_has_at_most_60_nested_blocks():
    def nested(depth):
        return "\n".join(f"{' ' * k}if active:" for k in range(depth)) + f"\n{' ' * depth}balance = 1"

    assert errors_of_action(nested(60)) == []
    assert errors_of_action(nested(61)) == ["(line 62, column 62): nested too deeply. Hint: split it up"]


def test_many_branches_of_one_if_are_as_deep_as_one():
    text = "if balance == 0:\n    rate = 0\n" + "".join(
        f"elif balance == {k}:\n    rate = {k}\n" for k in range(1, 200)
    )
    assert act(text, balance=150)[1]["rate"] == 150.0


@pytest.mark.parametrize("name", ["blance", "balnce", "tims", "rte"])
def test_an_unread_name_similar_to_an_attribute_is_an_error(name):
    (line,) = errors_of_action(f"{name} = 3", attributes={"times": 0})
    assert f"{name!r} is set but never read. Hint: did you mean " in line


@pytest.mark.parametrize("name", ["count", "mouth", "_amount", "mode", "amount2", "balance_1"])
def test_an_unread_name_unlike_any_attribute_is_not_an_error(name):
    assert errors_of_action(f"{name} = 3", attributes={"amount": 0, "mood": "'good'", "balance_0": 0}) == []


def test_an_error_in_an_action_points_into_its_text():
    assert errors_of(do="balance = 1\nbalance = foo")[0].startswith(
        "transitions[0].do (line 2, column 11): 'foo' is unknown"
    )
