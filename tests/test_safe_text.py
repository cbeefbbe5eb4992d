from doge_datagen.safe_text import named


class Plain:
    pass


class WithRepr:
    def __repr__(self):
        return "Telling(7)"


def test_an_object_is_displayed_by_its_own_repr():
    assert named(WithRepr()) == "Telling(7)"


def test_an_object_without_a_repr_is_displayed_by_its_class_and_never_by_its_address():
    assert named(Plain()) == "Plain"
    assert named(Plain(), 7) == "Plain 7"
