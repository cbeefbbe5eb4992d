"""Actions are translated with the attributes that they may assign; an invalid one leaves the rest checked."""

import pytest

from tests.language.translating import errors_of


def test_an_invalid_action_does_not_make_strings_unknown():
    lines = errors_of(do="grade = 'high'\nif", fields={"a": "grade == 'high'"}, attributes={"grade": "'low'"})
    assert len(lines) == 1


@pytest.mark.parametrize(
    "do",
    [
        "grade = choise(['high'])",
        "grade = high",
        "one = choise(['high'])\ngrade = one",
        "grade = choices(population=high)",
        "grade = other",
        "grade = email",
    ],
)
def test_a_string_with_an_invalid_assignment_may_be_compared_with_any_string(do):
    attributes = {"grade": "'low'", "other": "choise(['high'])" if do == "grade = other" else "'mid'"}
    lines = errors_of(do=do, fields={"a": "grade == 'high'"}, attributes=attributes)
    assert len(lines) == 1
    assert "streams" not in lines[0]


def test_a_string_attribute_assigned_a_number_is_reported():
    (line,) = errors_of(do="grade = 5", fields={"a": "grade == 'high'"}, attributes={"grade": "'low'"})
    assert line.endswith("5 is an integer and cannot become a string")


def test_errors_in_one_text_are_reported_separately():
    assert len(errors_of(do="balance = foo\nrate = bar\ntier = 'glod'")) == 3
