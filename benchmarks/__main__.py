"""All benchmarks, one after the other: what ``make bench`` runs."""

from benchmarks import batch_kafka, database_sink, engine, file_sinks, kafka_sink

for benchmark in (engine, file_sinks, kafka_sink, batch_kafka, database_sink):
    print(f"\n{benchmark.__doc__.strip().splitlines()[0]}" if benchmark.__doc__ else "")
    benchmark.main()
