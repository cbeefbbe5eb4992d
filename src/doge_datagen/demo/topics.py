"""Write the streams to Kafka as Avro, and read them back."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen import model
from doge_datagen.demo.local import STREAMS, Record, StreamOutput, with_text_for_time
from doge_datagen.errors import SinkError
from doge_datagen.sinks.kafka.topics import create_topics

SECONDS_TO_READ = 15.0


def stream_topics(bootstrap_servers: str, schema_registry_url: str) -> Iterator[StreamOutput]:
    """Both streams in topics of the same names; missing topics are created.

    Raises:
        MissingDriverError: the extra ``kafka`` is not installed.
        SinkError: Kafka is unreachable, or refuses the request.
    """
    new = create_topics(bootstrap_servers, list(STREAMS))
    for name in STREAMS:
        reader = TopicReader(bootstrap_servers, schema_registry_url, name, new=name in new)
        options = {"format": "avro", "schema_registry": schema_registry_url}
        destination = model.Destination("kafka", bootstrap_servers, options)
        yield StreamOutput(name, f"Kafka at {bootstrap_servers}, topic {name}", destination, reader.read)


class TopicReader:
    """Reads the records that arrive in a topic after the reader was created."""

    def __init__(self, bootstrap_servers: str, schema_registry_url: str, topic: str, *, new: bool) -> None:
        import confluent_kafka  # noqa: PLC0415 - a driver is imported when it is needed

        conf = {"bootstrap.servers": bootstrap_servers, "group.id": "doge-demo", "enable.auto.commit": False}
        self._topic = topic
        self._partition = confluent_kafka.TopicPartition
        self._consumer = confluent_kafka.Consumer(conf)
        self._registry = schema_registry_url
        self._begins = {} if new else self._ends()  # a new topic may not have a leader yet

    def read(self) -> Iterator[Record]:
        """Read and decode the records; those with the same key come in the order in which they were written."""
        from confluent_kafka.schema_registry import SchemaRegistryClient, avro  # noqa: PLC0415 - as above

        with SchemaRegistryClient({"url": self._registry}) as registry:
            decode = avro.AvroDeserializer(registry)
            for value in self._values():
                yield with_text_for_time(decode(value, None))

    def _values(self) -> Iterator[bytes | None]:
        ends = self._ends()
        begins = {number: self._begins.get(number, 0) for number in ends}
        left = sum(ends[number] - begin for number, begin in begins.items())
        self._consumer.assign([self._partition(self._topic, *begin) for begin in begins.items()])
        while left > 0:
            message = self._consumer.poll(SECONDS_TO_READ)
            if message is None or message.error():
                reason = message.error() if message else f"no record arrived for {SECONDS_TO_READ:.0f} s"
                raise SinkError(f"topic {self._topic}", f"cannot be read back: {reason}")
            left -= 1
            yield message.value()

    def _ends(self) -> dict[int, int]:
        """The offset after the last record of each partition."""
        partitions = self._consumer.list_topics(self._topic, SECONDS_TO_READ).topics[self._topic].partitions
        watermarks = {
            number: self._consumer.get_watermark_offsets(self._partition(self._topic, number), SECONDS_TO_READ)
            for number in partitions
        }
        return {number: high for number, (_, high) in watermarks.items()}
