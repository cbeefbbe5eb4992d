"""What a generator refuses: arguments that are wrong, transitions that contradict each other, a second start."""

import math

import numpy as np
import pytest

from doge_datagen import (
    AlreadyStartedError,
    DataOnlineGenerator,
    ModelError,
)
from tests.generators import Recorder, User, UserFactory, certain_loop, generator


class TestRefused:
    @pytest.mark.parametrize(
        ("states", "initial", "message"),
        [
            (["x", "y"], "z", r"initial_state: 'z' is not a state. Hint: known: 'x', 'y'"),
            (
                ["online", "offline"],
                "ofline",
                r"initial_state: 'ofline' is not a state. Hint: did you mean 'offline'\?",
            ),
            (["x", "y", "x"], "x", r"states\[2\]: 'x' is given twice. Hint: remove one"),
            (["x", ""], "x", r"states\[1\]: '' is not a name. Hint: give a non-empty string"),
            (["x", 1], "x", r"states\[1\]: 1 is not a name. Hint: give a non-empty string"),
            ("online", "o", r"states: 'online' is one name. Hint: give a list of names"),
            ([], "x", r"initial_state: 'x' is not a state. Hint: none is defined yet"),
        ],
    )
    def test_invalid_states_are_errors(self, states, initial, message):
        with pytest.raises(ModelError, match=f"^{message}$"):
            DataOnlineGenerator(states, initial, UserFactory(), 1, 1000, 1)

    @pytest.mark.parametrize(
        ("numbers", "message"),
        [
            ((-1, 1000, 1), "subjects_num: -1 is too small. Hint: give 0 or more"),
            ((2**32, 1000, 1), "subjects_num: 4294967296 is too large. Hint: give less than 4294967296"),
            ((1.5, 1000, 1), "subjects_num: 1.5 is not an integer. Hint: give an integer"),
            ((True, 1000, 1), "subjects_num: True is not an integer. Hint: give an integer"),
            ((1, 0, 1), "tick_ms: 0 is too small. Hint: give 1 or more"),
            ((1, -60000, 1), "tick_ms: -60000 is too small. Hint: give 1 or more"),
            ((1, "60000", 1), "tick_ms: '60000' is not an integer. Hint: give an integer"),
            ((1, 1000, -1), "ticks_num: -1 is too small. Hint: give 0 or more"),
            ((1, 1000, math.nan), "ticks_num: nan is not an integer. Hint: give an integer"),
            ((1, 1000, 1, None), "timestamp_start: None is not an integer. Hint: give an integer"),
        ],
    )
    def test_invalid_counts_and_times_are_errors(self, numbers, message):
        with pytest.raises(ModelError) as caught:
            DataOnlineGenerator(["x"], "x", UserFactory(), *numbers)
        assert str(caught.value) == message

    @pytest.mark.parametrize("seed", [-1, 2**64, 0.5, "42"])
    def test_a_seed_that_is_not_64_bits(self, seed):
        with pytest.raises(ModelError, match=r"^seed: "):
            generator(seed=seed)

    def test_numpy_numbers_and_whole_floats_are_accepted(self):
        datagen = DataOnlineGenerator(
            ["x"], "x", UserFactory(), np.int64(3), 1e3, np.float64(4), 1.6e12, seed=np.uint64(1)
        )
        assert (datagen.subjects_num, datagen.tick_ms, datagen.ticks_num, datagen.timestamp) == (
            3,
            1000,
            4,
            1600000000000,
        )

    @pytest.mark.parametrize(
        ("transition", "message"),
        [
            (("go", "z", "y", 1), "transitions.go: from_state 'z' is not a state. Hint: known: 'x', 'y'"),
            (("go", "x", "z", 1), "transitions.go: to_state 'z' is not a state. Hint: known: 'x', 'y'"),
            (("", "x", "y", 1), "transitions: trigger '' is not a name. Hint: give a non-empty string"),
            ((None, "x", "y", 1), "transitions: trigger None is not a name. Hint: give a non-empty string"),
            (("go", "x", "y", -0.1), "transitions.go: probability -0.1 is not a percentage. Hint: give 0 to 100"),
            (("go", "x", "y", 100.1), "transitions.go: probability 100.1 is not a percentage. Hint: give 0 to 100"),
            (("go", "x", "y", math.nan), "transitions.go: probability nan is not a percentage. Hint: give 0 to 100"),
            (("go", "x", "y", "10"), "transitions.go: probability '10' is not a percentage. Hint: give 0 to 100"),
            (("go", "x", "y", 1, 5), "transitions.go: action_callback 5 cannot be called. Hint: give a function"),
        ],
    )
    def test_invalid_transitions_are_errors(self, transition, message):
        with pytest.raises(ValueError, match="transitions") as caught:
            generator().add_transition(*transition)
        assert str(caught.value) == message

    def test_a_trigger_given_twice_in_one_state(self):
        datagen = certain_loop()
        with pytest.raises(ModelError, match=r"^transitions.go: given twice among the transitions leaving 'x'"):
            datagen.add_transition("go", "x", "x", 0)

    def test_something_that_is_not_a_sink(self):
        with pytest.raises(ModelError, match=r"^transitions.go: event_sinks\[0\] 'file.txt' is not a sink"):
            generator().add_transition("go", "x", "y", 1, event_sinks=["file.txt"])

    def test_a_class_instead_of_a_sink(self):
        with pytest.raises(ModelError) as caught:
            generator().add_transition("go", "x", "y", 1, event_sinks=[Recorder(), Recorder])
        assert str(caught.value) == (
            f"transitions.go: event_sinks[1] {Recorder!r} is a class. Hint: give an instance: Recorder(...)"
        )

    def test_a_class_instead_of_a_factory(self):
        with pytest.raises(ModelError) as caught:
            DataOnlineGenerator(["x"], "x", UserFactory, 1, 1000, 1)
        assert str(caught.value) == (
            f"subject_factory: {UserFactory!r} is a class. Hint: give an instance: UserFactory(...)"
        )

    @pytest.mark.parametrize("factory", [None, "users", User(1)])
    def test_a_factory_that_cannot_create(self, factory):
        with pytest.raises(ModelError) as caught:
            DataOnlineGenerator(["x"], "x", factory, 1, 1000, 1)
        assert str(caught.value) == (
            f"subject_factory: {factory!r} has no create(). Hint: extend SubjectFactory and give an instance"
        )

    def test_one_sink_instead_of_a_list(self):
        with pytest.raises(
            ModelError, match=r"^transitions.go: event_sinks .* is not a list. Hint: give a list of sinks"
        ):
            generator().add_transition("go", "x", "y", 1, event_sinks=Recorder())

    def test_probabilities_that_sum_above_100(self):
        datagen = generator()
        datagen.add_transition("spending", "x", "y", 99.9)
        with pytest.raises(ModelError) as caught:
            datagen.add_transition("income", "x", "y", 0.3)
        total = "probabilities leaving 'x' sum to 100.2 % (spending 99.9 + income 0.3)"
        assert str(caught.value) == f"transitions.income: {total}. Hint: lower one by 0.2"

    @pytest.mark.parametrize(
        "probabilities",
        [
            [0.1] * 1000,
            [100 / 3] * 3,
            [100 / 7] * 7,
            [100 / 49] * 49,
            [33.3, 33.3, 33.4],
            [0.01] * 10_000,
            [1e-9, 99.999999999],
        ],
    )
    def test_probabilities_that_sum_to_100_are_accepted(self, probabilities):
        sink = Recorder()
        datagen = generator(subjects=1, ticks=50)
        for number, probability in enumerate(probabilities):
            datagen.add_transition(f"way {number}", "x", "x", probability, event_sinks=[sink])
        datagen.add_transition("other", "y", "x", 100)
        assert datagen.start().events == 50

    def test_the_same_object_twice(self):
        factory = UserFactory()
        same = User(1)
        factory.create = lambda: same
        datagen = DataOnlineGenerator(["x"], "x", factory, 2, 1000, 1)
        with pytest.raises(ModelError, match=r"^subject_factory.create: returned the same object for subjects 0 and 1"):
            datagen.start()

    def test_no_subject(self):
        factory = UserFactory()
        factory.create = lambda: None
        with pytest.raises(
            ModelError, match=r"^subject_factory.create: returned None for subject 0. Hint: return a new subject"
        ):
            DataOnlineGenerator(["x"], "x", factory, 2, 1000, 1).start()

    def test_a_second_start_is_an_error(self):
        datagen = certain_loop()
        datagen.start()
        with pytest.raises(AlreadyStartedError, match="make a new one to run again"):
            datagen.start()
        with pytest.raises(AlreadyStartedError):
            datagen.add_transition("late", "x", "y", 0)
