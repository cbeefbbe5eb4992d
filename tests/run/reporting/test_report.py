"""The text of a summary, for models and generators."""

from dataclasses import replace

import pytest

from doge_datagen.run.pacing.lag import PaceReport
from doge_datagen.run.reporting.report import pace_line

KEPT = PaceReport("60x", "60x", 500.0, 400.0, 0.5, 0.02, 0.4, None, None, None, "catch-up", 0.0)


def test_a_pace_that_was_kept():
    assert pace_line(KEPT) == "pace 60x kept; lag p50 20 ms, p99 400 ms, max 500 ms", "one rate: that of the whole run"


@pytest.mark.parametrize("late", [{"lag_p50": 1.2}, {"stretched": 48.0}])
def test_a_missed_pace_is_reported_with_the_actual_one(late):
    assert pace_line(replace(KEPT, reached="31x", **late)).startswith(
        "pace 60x not kept: reached 31x from the first record on; lag "
    )
