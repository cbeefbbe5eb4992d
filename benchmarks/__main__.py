"""Runs all benchmarks, for ``make bench``; exits with code 1 if a figure misses its floor."""

from benchmarks import (
    batch_database,
    batch_kafka,
    database_sink,
    engine,
    file_sinks,
    floors,
    forecast,
    forecast_intervals,
    kafka_sink,
    model,
    moments,
    rhythm,
    tables,
)

for benchmark in (
    engine,
    model,
    rhythm,
    moments,
    tables,
    forecast,
    forecast_intervals,
    file_sinks,
    kafka_sink,
    batch_kafka,
    database_sink,
    batch_database,
):
    print(f"\n{benchmark.__doc__.strip().splitlines()[0]}" if benchmark.__doc__ else "")
    benchmark.main()
floors.end()
