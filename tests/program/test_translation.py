"""A spec becomes a program, or all its errors are reported once, with their locations."""

from doge_datagen.program.program import purpose
from tests.language.translating import errors_of, spec_of


def test_every_part_is_reported_with_its_path():
    attributes = {"new": "foo"}
    lines = errors_of(do="balance = foo", fields={"a": "foo"}, key="foo", headers={"b": "foo"}, attributes=attributes)
    assert [line.split(" (line 1, column ")[0] for line in lines] == [
        "subjects.attributes.new.start",
        "transitions[0].do",
        "streams.out.fields.a",
        "streams.out.key",
        "streams.out.headers.b",
    ]


def test_names_with_a_slash_have_separate_draws():
    spec = spec_of()
    names = [
        ("transitions", "a/b", "c"),
        ("transitions", "a", "b/c"),
        ("transitions", "a~1b", "c"),
        ("transitions", "a~b", "c"),
    ]
    assert len({purpose(spec.population, *each) for each in names}) == 4


def test_keys_and_headers_draw_nothing():
    lines = errors_of(key="random()", headers={"h": "randint(1, 2)"})
    assert all(
        line.endswith("is a draw, which is not allowed here. Hint: draw it in a field or an action") for line in lines
    )
    assert len(lines) == 2
