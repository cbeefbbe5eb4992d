"""What programs written for 1.0.4 rely on, and the bugs of that version."""

import logging
import re
import warnings
from collections import Counter
from unittest.mock import Mock

import numpy as np
import pytest

from doge_datagen import (
    DataOnlineGenerator,
    DeliveryError,
    ModelError,
    SubjectFactory,
    Transition,
)
from tests.generators import Recorder, User, UserFactory, certain_loop, generator


def test_subjects_move_in_order_of_creation_with_the_ticks_timestamp():
    sink = Recorder()
    certain_loop([sink], ticks=2, timestamp_start=500).start()
    assert sink.log == [
        ("", 500, 0, "go"),
        ("", 500, 1, "go"),
        ("", 1500, 0, "back"),
        ("", 1500, 1, "back"),
        ("", "closed"),
    ]


def test_the_first_timestamp_defaults_to_0():
    sink = Recorder()
    certain_loop([sink], ticks=1, subjects=1).start()
    assert sink.log[0] == ("", 0, 0, "go")


def test_a_callback_gets_subject_and_transition_before_the_state_changes():
    datagen = generator(subjects=1, ticks=1)
    seen = []

    def callback(subject, transition):
        seen.append((subject.user_id, transition.trigger, datagen.subjects_states[subject], datagen.timestamp))
        return True

    datagen.add_transition("go", "x", "y", 100, callback)
    datagen.start()
    assert seen == [(0, "go", "x", 0)]


def test_sinks_are_called_in_list_order_after_the_state_has_changed():
    datagen = generator(subjects=1, ticks=1)
    log = []

    class StateRecorder(Recorder):
        def collect(self, timestamp, subject, transition):
            log.append((self.name, datagen.subjects_states[subject]))

    datagen.add_transition("go", "x", "y", 100, None, [StateRecorder(name="second"), StateRecorder(name="first")])
    datagen.start()
    assert log == [("second", "y"), ("first", "y")]


def test_a_transition_has_the_attributes_of_1_0_4():
    def action(subject, transition):
        return True

    sink = Recorder()
    transition = Transition("go", "x", "y", 12.5, action, [sink])
    assert (transition.trigger, transition.from_state, transition.to_state) == ("go", "x", "y")
    assert (transition.probability, transition.action_callback) == (12.5, action)
    assert list(transition.event_sinks) == [sink]
    assert list(Transition("go", "x", "y", 1).event_sinks) == []


def test_a_callback_that_returns_false_rejects_the_transition():
    sink = Recorder()
    action = Mock(side_effect=[False, True])
    datagen = generator(subjects=1, ticks=2)
    datagen.add_transition("go", "x", "y", 100, action, [sink])
    datagen.start()
    assert sink.log == [("", 1000, 0, "go"), ("", "closed")]


def test_a_callback_that_returns_none_rejects_and_warns_once_per_transition():
    sink = Recorder()
    datagen = generator(subjects=3, ticks=5)
    datagen.add_transition("forgetful", "x", "y", 50, lambda subject, transition: None, [sink])
    datagen.add_transition("silent", "x", "y", 50, lambda subject, transition: None, [sink])
    with pytest.warns(UserWarning, match="return True") as caught:
        datagen.start()
    assert sorted(str(warning.message).split(":")[0] for warning in caught) == [
        "transitions.forgetful",
        "transitions.silent",
    ]
    assert {warning.filename for warning in caught} == {__file__}
    assert sink.log == [("", "closed")]


def test_false_is_not_warned_about():
    datagen = certain_loop(callback=lambda subject, transition: False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        datagen.start()


def test_readable_attributes():
    datagen = certain_loop(timestamp_start=7)
    assert datagen.states == ["x", "y"]
    assert datagen.initial_state == "x"
    assert datagen.timestamp == 7
    assert datagen.probability_matrix == {"x": {"go": 100}, "y": {"back": 100}}
    assert datagen.transition_matrix["x"]["go"].to_state == "y"
    assert dict(datagen.subjects_states) == {}
    datagen.start()
    assert datagen.timestamp == 7 + 4 * 1000


def test_states_of_subjects_are_readable_without_a_hash():
    datagen = generator(subjects=3, ticks=1)
    datagen.add_transition("go", "x", "y", 100, lambda subject, transition: subject.user_id != 1)
    datagen.start()
    created = datagen.subject_factory.made
    assert [datagen.subjects_states[user] for user in created] == ["y", "x", "y"]
    assert [(user.user_id, state) for user, state in datagen.subjects_states.items()] == [(0, "y"), (1, "x"), (2, "y")]
    assert len(datagen.subjects_states) == 3
    assert created[0] in datagen.subjects_states
    assert User(0) not in datagen.subjects_states
    assert "User(user_id=1" in repr(datagen.subjects_states)


def test_equal_subjects_are_distinct():
    class Twins(SubjectFactory):
        def create(self):
            return User(1)

    sink = Recorder()
    datagen = DataOnlineGenerator(["x", "y"], "x", Twins(), 2, 1000, 1)
    datagen.add_transition("go", "x", "y", 100, event_sinks=[sink])
    datagen.start()
    assert len(sink.log) == 3


def test_a_seed_repeats_the_run_whatever_else_runs():
    def run(seed):
        sink = Recorder()
        datagen = generator(subjects=20, ticks=50, seed=seed)
        datagen.add_transition("go", "x", "y", 20, event_sinks=[sink])
        datagen.add_transition("back", "y", "x", 30, event_sinks=[sink])
        np.random.default_rng().random()
        datagen.start()
        return sink.log

    assert run(42) == run(42)
    assert run(42) != run(43)


def test_a_run_without_a_seed_reports_the_seed_it_used():
    first, second = certain_loop(), certain_loop()
    assert first.seed != second.seed
    assert first.start().seed == first.seed


def test_the_report_counts_events_by_transition_and_by_sink():
    one, both = Recorder(), Recorder()
    datagen = generator(subjects=3, ticks=4)
    datagen.add_transition("go", "x", "y", 100, None, [one, both])
    datagen.add_transition("back", "y", "x", 100, None, [both])
    report = datagen.start()
    assert report.events == 12
    assert report.transitions == {("x", "go"): 6, ("y", "back"): 6}
    assert [(sink.sink, sink.generated, sink.delivered) for sink in report.sinks] == [(one, 6, None), (both, 12, None)]


def test_progress_is_reported_and_ends_with_the_totals():
    reports = []
    certain_loop(subjects=5, ticks=10).start(progress=reports.append)
    assert (reports[-1].ticks_done, reports[-1].ticks, reports[-1].events) == (10, 10, 50)
    assert [progress.events for progress in reports] == sorted(progress.events for progress in reports)


def test_progress_has_the_same_fields_as_a_models():
    reports = []
    datagen = generator(subjects=4, ticks=10, seed=7)
    datagen.add_transition("go", "x", "y", 30)
    datagen.start(progress=reports.append)
    states = Counter(datagen.subjects_states.values())
    assert reports[-1].subjects == {"x": states["x"], "y": states["y"]}
    assert states["y"] == reports[-1].events > 0
    assert (reports[-1].timestamp, reports[-1].seed) == (datagen.timestamp, 7)


def test_the_report_has_the_position_of_the_run():
    complete = certain_loop(subjects=5, ticks=10).start()
    assert (complete.ticks, complete.ticks_in_all, complete.complete) == (10, 10, True)
    assert complete.start == 0
    calls = []
    stopped = certain_loop(subjects=5, ticks=10).start(stop=lambda: calls.append(1) or len(calls) > 3)
    assert (stopped.ticks, stopped.events, stopped.complete) == (3, 15, False)


def test_the_summary_is_logged_like_a_models(caplog):
    with caplog.at_level("INFO", "doge_datagen"):
        certain_loop(subjects=5, ticks=10, seed=7).start()
    assert re.fullmatch(
        r"50 transitions, 0 records in \d+\.\d\d s, 0 records/s; 10 of 10 ticks; seed 7", caplog.messages[-1]
    )


class TestClosing:
    def test_each_sink_is_closed_once(self):
        log = []
        shared, unused = Recorder(log, "shared"), Recorder(log, "unused")
        datagen = generator(subjects=0)
        datagen.add_transition("go", "x", "y", 1, None, [shared, shared])
        datagen.add_transition("back", "y", "x", 1, None, [unused, shared])
        datagen.start()
        assert log == [("shared", "closed"), ("unused", "closed")]

    @pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
    def test_sinks_are_closed_after_an_error_or_ctrl_c(self, error):
        sink = Recorder()
        datagen = certain_loop([sink], Mock(side_effect=error))
        with pytest.raises(type(error)):
            datagen.start()
        assert sink.log == [("", "closed")]

    def test_sinks_are_closed_when_the_factory_fails(self):
        sink = Recorder()
        datagen = certain_loop([sink])
        datagen.subject_factory.create = Mock(side_effect=OSError("no names left"))
        with pytest.raises(OSError, match="no names left"):
            datagen.start()
        assert sink.log == [("", "closed")]

    def test_a_sink_that_fails_to_close_is_raised_and_the_others_are_closed(self):
        failing, sink = Mock(), Recorder()
        failing.close.side_effect = OSError("disk full")
        with pytest.raises(OSError, match="disk full"):
            certain_loop([failing, sink]).start()
        assert sink.log[-1] == ("", "closed")

    def test_the_first_error_is_raised_and_the_others_are_notes(self):
        failing = Mock()
        failing.collect.side_effect = ValueError("no")
        failing.close.side_effect = OSError("disk full")
        with pytest.raises(ValueError, match="no") as caught:
            certain_loop([failing]).start()
        assert "closing" in caught.value.__notes__[-1]
        assert "disk full" in caught.value.__notes__[-1]

    def test_a_sink_that_silently_loses_events_is_detected(self):
        class Leaky(Recorder):
            @property
            def delivered(self):
                return min(1, len(self.log))

        with pytest.raises(DeliveryError, match="7 of 8 records did not arrive") as caught:
            certain_loop([Leaky()]).start()
        assert (caught.value.accepted, caught.value.delivered, caught.value.missing) == (8, 1, 7)


@pytest.mark.parametrize("failing", ["callback", "sink"])
def test_an_error_keeps_its_type_and_gains_a_note(failing):
    error = ZeroDivisionError("my own mistake")
    broken = Mock(side_effect=error)
    datagen = generator(subjects=1, ticks=3, timestamp_start=5000)
    sink = Mock(collect=broken) if failing == "sink" else Mock()
    datagen.add_transition("go", "x", "y", 100, broken if failing == "callback" else None, [sink])
    with pytest.raises(ZeroDivisionError) as caught:
        datagen.start()
    assert caught.value is error
    assert error.__notes__ == [
        "while subject User(user_id=0, balance=0) tried Transition('go', 'x' -> 'y', 100 %) at timestamp 5000"
    ]


def test_a_subject_without_a_repr_is_named_by_class_and_number_in_the_note():
    class Thing:
        pass

    datagen = DataOnlineGenerator(["x", "y"], "x", Mock(create=Mock(side_effect=Thing)), 1, 1000, 1)
    datagen.add_transition("go", "x", "y", 100, Mock(side_effect=ZeroDivisionError))
    with pytest.raises(ZeroDivisionError) as caught:
        datagen.start()
    assert caught.value.__notes__ == ["while subject Thing 0 tried Transition('go', 'x' -> 'y', 100 %) at timestamp 0"]


def test_a_final_state_is_warned_about(caplog):
    datagen = generator(subjects=1)
    datagen.add_transition("go", "x", "y", 100)
    with caplog.at_level(logging.WARNING):
        datagen.start()
    assert [record.getMessage() for record in caplog.records] == [
        "state 'y' is final: no transition leaves it, so subjects that enter it stay"
    ]


def test_a_class_that_needs_no_instance_is_a_factory():
    class Users:
        @staticmethod
        def create():
            return User(1)

    datagen = DataOnlineGenerator(["x"], "x", Users, 2, 1000, 1)
    datagen.start()
    assert len(datagen.subjects_states) == 2


def test_self_transitions_and_triggers_of_any_name_are_allowed():
    sink = Recorder()
    datagen = generator(subjects=1, ticks=20, seed=3)
    for trigger in ("open_loan_screen ", "__stay", "transição", "a: b"):
        datagen.add_transition(trigger, "x", "x", 25, event_sinks=[sink])
    datagen.add_transition("never", "y", "x", 50)
    datagen.start()
    assert {entry[3] for entry in sink.log[:-1]} == {"open_loan_screen ", "__stay", "transição", "a: b"}


def test_probabilities_that_add_up_to_1_are_a_warning_at_the_line_that_starts_the_generator():
    datagen = generator(ticks=1)
    datagen.add_transition("buy", "x", "y", 0.8)
    datagen.add_transition("look", "x", "x", 0.2)
    datagen.add_transition("back", "y", "x", 50)
    with pytest.warns(UserWarning, match=r"for 80 % write 80") as caught:
        datagen.start()
    assert [it.filename for it in caught] == [__file__]


def test_a_state_declared_final_has_no_warning(caplog):
    datagen = DataOnlineGenerator({"x": None, "y": "final"}, "x", UserFactory(), 2, 1000, 1)
    datagen.add_transition("go", "x", "y", 50)
    datagen.start()
    assert caplog.messages == []


def test_no_transition_leaves_a_state_declared_final():
    datagen = DataOnlineGenerator({"x": None, "y": "final"}, "x", UserFactory(), 2, 1000, 1)
    with pytest.raises(ModelError, match="'y' is final, so no transition may leave it"):
        datagen.add_transition("back", "y", "x", 50)
