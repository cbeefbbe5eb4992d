"""Errors in a file's shape name the location, the value and a hint; compared with the exact text."""

from pathlib import Path

import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.load import loads
from doge_datagen.modelfile.schema.shape_errors import keys_at
from doge_datagen.modelfile.yaml_nodes import LISTS, OTHERS
from tests.examples.programs import EXAMPLES

BANK = (EXAMPLES / "bank" / "bank.yaml").read_text()
BLOCKS = Path(__file__).with_name("mistakes.txt").read_text().strip().split("\n\n")
"""The correct text in the bank's file, its replacement, and the expected error."""


def unescaped(line):
    return line[2:].encode().decode("unicode_escape")


def errors_of(text, **overrides):
    with pytest.raises(InvalidModelError) as caught:
        loads(text, name="bank.yaml", overrides=overrides)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("block", BLOCKS, ids=[block.splitlines()[1][2:] for block in BLOCKS])
def test_an_error_names_the_location_the_value_and_a_hint(block):
    right, wrong, *lines = block.splitlines()
    assert unescaped(right) in BANK
    assert errors_of(BANK.replace(unescaped(right), unescaped(wrong), 1)) == lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "bank.yaml: the file is empty. Hint: begin with 'doge: 1'"),
        ("# nothing\n", "bank.yaml: the file is empty. Hint: begin with 'doge: 1'"),
        ("[" * 1000, "bank.yaml: nested more than 20 levels deep. Hint: use fewer levels"),
        ("\n" + "[" * 50 + "]" * 50, "bank.yaml:2:22: nested more than 20 levels deep. Hint: use fewer levels"),
    ],
)
def test_a_text_that_is_not_a_model_is_reported_in_one_line(text, message):
    assert errors_of(text) == [message]


def test_the_error_about_a_list_at_the_top_level_lists_the_keys_of_a_model():
    (line,) = errors_of("- doge: 1")
    assert line.startswith(
        "bank.yaml:1:1: a list is not a mapping. Hint: give 'key: value' for each of its keys: doge, name"
    )


def test_errors_of_every_kind_are_reported_at_once_from_top_to_bottom():
    text = BANK.replace("user_id: index", "user_id: index, class: 0").replace("initial: offline", "initial: offlin")
    text = text.replace("probability: 70", "probability: x").replace("trx: out/", "tx: out/")
    places = [line.split(": ")[1] for line in errors_of(text)]
    assert places == ["subjects.attributes.class", "initial", "transitions.logout.probability", "targets.local.tx"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("name: bank", "nam: bank"),
        ("streams:", "streems:"),
        ("states:", "stats:"),
        ("transitions:", "transition:"),
        ("doge: 1", "doge: 1\ncolour: blue"),
    ],
)
def test_an_unknown_key_hides_no_other_error(right, wrong):
    broken = BANK.replace("initial: offline", "initial: offlin").replace("do: balance +=", "do: balanc +=", 1)
    broken = broken.replace("user_id: user_id", "user_id: user_idd", 1)
    others = [line.split(":", 2)[2].split(": ", 1)[1] for line in errors_of(broken)]
    assert len(others) == 3
    actual = errors_of(broken.replace(f"\n{right}", f"\n{wrong}", 1))
    key = wrong.splitlines()[-1].partition(":")[0]
    (line,) = [line for line in actual if "there is no such key" in line]
    assert f" {key}: there is no such key" in line
    assert len(actual) == 4, actual


def test_an_invalid_count_hides_no_error_in_expressions():
    text = BANK.replace("count: 10", "count: ten").replace("user_id: user_id", "user_id: user_idd", 1)
    text = text.replace("do: balance +=", "do: balanc +=", 1)
    places = [line.split(": ")[1].split(" ")[0] for line in errors_of(text)]
    assert places[0] == "subjects.count"
    assert len(places) == 3


def test_the_listed_keys_that_are_not_lists_are_complete():
    keys = {*keys_at(("transitions", 0)), *keys_at(("subjects", "attributes", "user_id"))}
    assert keys == OTHERS > set(LISTS) - {"states"}


def test_an_invalid_part_causes_no_further_errors():
    text = BANK.replace("emit: [clickstream, loan, balance]", "emit: [clickstream, loan, balance], probability: 0")
    assert all("streams.loan" not in line for line in errors_of(text))
    text = BANK.replace("loan_balance: 0", "loan_balance: []")
    assert [line.split(": ")[1] for line in errors_of(text)] == ["subjects.attributes.loan_balance"]


def test_a_trigger_of_two_states_is_shown_with_its_state():
    text = BANK.replace("trigger: logout", "trigger: login").replace("probability: 70", "probability: x")
    assert errors_of(text)[0].startswith("bank.yaml:29:62: transitions.online.login.probability: 'x' is unknown")


def bomb():
    yield "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for name, above in zip("bcdefghi", "abcdefgh", strict=True):
        yield f"{name}: &{name} [{', '.join([f'*{above}'] * 10)}]\n"


def test_aliases_that_expand_without_end_are_rejected():
    assert errors_of("".join(bomb())) == [
        "bank.yaml: more than 200,000 values with aliases expanded. Hint: use fewer values or aliases"
    ]


def test_merges_that_expand_without_end_are_rejected():
    text = "".join(bomb()).replace("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", "{x: 1}").replace("[", "{<<: [").replace("]", "]}")
    assert errors_of(text) == [
        "bank.yaml: more than 200,000 values with aliases expanded. Hint: use fewer values or aliases"
    ]


def test_an_alias_that_contains_itself_is_rejected():
    assert "bank.yaml:1:4: a[0]: contains itself. Hint: remove the alias" in errors_of("a: &a [*a]\n")
