"""The account of a Kafka sink adds up."""

import pytest

from doge_datagen.sinks.kafka.delivery_report import UNREPORTED, DeliveryReport


class Refusal:
    """What the client says of a record that failed."""

    def __init__(self, name):
        self._name = name

    def name(self):
        return self._name

    def str(self):
        return f"Broker: {self._name}"


def account(accepted, delivered, *failed):
    deliveries = DeliveryReport()
    deliveries.accepted = accepted
    for _ in range(delivered):
        deliveries.settled(None, None)
    for name in failed:
        deliveries.settled(Refusal(name), None)
    return deliveries


def test_what_is_neither_delivered_nor_failed_waits():
    assert account(5, 2, "_MSG_TIMED_OUT").waiting == 2


def test_the_error_counts_each_cause_the_most_frequent_first():
    error = account(4, 1, "OTHER", "MORE", "MORE").error("topic clicks")
    assert (error.accepted, error.delivered, error.missing) == (4, 1, 3)
    assert list(error.causes.items()) == [("Broker: MORE", 2), ("Broker: OTHER", 1)]


def test_a_cause_with_a_known_cure_names_it():
    assert "max.message.bytes" in str(account(1, 0, "MSG_SIZE_TOO_LARGE").error("topic clicks"))


@pytest.mark.parametrize(
    ("names", "transient"), [(["_TRANSPORT"], True), (["_TRANSPORT", "MSG_SIZE_TOO_LARGE"], False)]
)
def test_trouble_is_transient_if_all_of_it_is(names, transient):
    assert account(len(names), 0, *names).error("topic clicks").transient is transient


def test_what_the_client_never_reports_counts_as_failed():
    deliveries = account(3, 1)
    deliveries.give_up()
    assert deliveries.waiting == 0
    assert deliveries.error("topic clicks").causes == {UNREPORTED: 2}


def test_nothing_is_given_up_where_nothing_waits():
    deliveries = account(1, 1)
    deliveries.give_up()
    assert not deliveries.failed
