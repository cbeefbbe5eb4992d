import pytest

from doge_datagen.run.pacing.lag_alert import LagAlert, Seen
from doge_datagen.run.pacing.pace import Pace


def reported(lates, text="5000/s"):
    """What is reported after each second, of this lateness."""
    behind, lines = LagAlert(Pace.parse(text)), []
    for second, late in enumerate(lates):
        behind.see(Seen(second, second - late, late))
        lines.append(behind.message())
    return lines


def seconds(lines):
    return [second for second, line in enumerate(lines) if line]


def test_a_second_is_never_reported():
    assert seconds(reported([1.0] * 60)) == []


def test_what_gets_worse_is_reported_after_five_seconds_and_then_no_more():
    assert seconds(reported([0, *range(1, 60)])) == [7]  # two seconds late at 2, which is the first above one


def test_what_stays_late_is_reported():
    assert seconds(reported([0, *[30.0] * 20])) == [6]


def test_what_is_caught_up_with_is_not_reported():
    assert seconds(reported([0, *range(30, 0, -1), 0, 0])) == []


def test_what_no_longer_gets_better_is_reported_five_seconds_after_its_best():
    assert seconds(reported([30, 20, 10, 10.5, 11, 12, 13, 14, 15, 16])) == [7]


def test_it_is_reported_again_only_after_it_had_recovered():
    assert seconds(reported([*[5.0] * 10, 2.0, *[5.0] * 10, 0.5, *[5.0] * 10])) == [5, 27]


def test_what_is_reached_counts_whole_windows_though_their_pieces_come_together():
    """A window of three pieces, each of a second by the schedule, every 6 seconds."""
    behind, lines = LagAlert(Pace.parse("5000/s")), []
    for window in range(4):
        for piece in range(3):
            now, done = 6.0 * window + 0.01 * piece, 3.0 * window + piece
            behind.see(Seen(now, done, now - done))
            lines.append(behind.message())
    assert list(filter(None, lines)) == ["6.0 s behind schedule: asked for 5,000 records/s, the run reaches 2,500/s"]


@pytest.mark.parametrize(
    ("pace", "sentence"),
    [
        ("5000/s", "2.8 s behind schedule: asked for 5,000 records/s, the run reaches 3,500/s"),
        ("5_000 trx/s", "2.8 s behind schedule: asked for 5,000 trx/s, the run reaches 3,500/s"),
        ("0.5/s", "2.8 s behind schedule: asked for 0.5 records/s, the run reaches 0.35/s"),
        ("60x", "2.8 s behind schedule: asked for 60x, the run reaches 42x"),
        ("realtime", "2.8 s behind schedule: asked for realtime, the run reaches 0.7x"),
    ],
)
def test_the_sentence_says_what_was_asked_for_and_what_is_reached(pace, sentence):
    assert list(filter(None, reported([0, 0, 0, 0, *(1 + 0.3 * late for late in range(10))], pace))) == [sentence]
