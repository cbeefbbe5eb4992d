"""All benchmarks, one after the other: what ``make bench`` runs."""

from benchmarks import database_sink, engine, kafka_sink

for benchmark in (engine, kafka_sink, database_sink):
    print(f"\n{benchmark.__doc__.strip().splitlines()[0]}" if benchmark.__doc__ else "")
    benchmark.main()
