"""Progress reports of unfinished runs."""

import pyarrow as pa

from doge_datagen.run.reporting.report import Progress

MIDDAY = 1644580800000


def trx(*amounts, **columns):
    return pa.record_batch({"amount": list(amounts), **columns})


def halfway(**known):
    return Progress(
        **{
            "ticks_done": 12_345,
            "ticks": 100_000,
            "events": 617_250,
            "records": {"clicks": 1_234_567, "trx": 12_345},
            "delivered": {"clicks": 1_230_000, "trx": 12_000},
            "timestamp": MIDDAY,
            "subjects": {"offline": 750, "online": 240, "shopping": 10},
            "latest": {"trx": trx(52, 7), "clicks": pa.record_batch({"page": ["/cart"], "user": ["7"]})},
            "lag": 0.25,
            "positions": {"clicks": 12_000, "trx": 11_000},
            "connection_errors": {"UnreachableError": 3},
            "errors": {"UnreachableError": 3, "RefusedError": 1},
            **known,
        }
    )
