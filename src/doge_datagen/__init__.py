"""Data Online Generator: event streams the way real actors would cause them."""

from doge_datagen.batch import Batch
from doge_datagen.errors import (
    AlreadyStartedError,
    CalculationError,
    DeliveryError,
    DogeError,
    InvalidModelError,
    MissingDriverError,
    MissingProgramError,
    ModelError,
    ReaderGoneError,
    RecordError,
    RefusedError,
    SinkError,
    UnknownTargetError,
    UnreachableError,
)
from doge_datagen.generator import DataOnlineGenerator, Subject, SubjectFactory
from doge_datagen.graph import DataOnlineGeneratorGrapher
from doge_datagen.model import ENDLESS, Attribute, Clock, Destination, Population, Stream, Transition
from doge_datagen.model_api import Model
from doge_datagen.run.report import Progress, RunReport, SinkReport
from doge_datagen.sinks.base import BatchSink, Option, SinkConfig, SinkContext, SinkKind
from doge_datagen.sinks.events.create_tables import create_tables
from doge_datagen.sinks.events.database import DbSink, DbSinkFactory
from doge_datagen.sinks.events.event_sink import EventSink
from doge_datagen.sinks.events.failing import FailingSink
from doge_datagen.sinks.events.json_lines import JsonLinesSink
from doge_datagen.sinks.events.kafka_factories import KafkaAvroSinkFactory, KafkaSinkFactory
from doge_datagen.sinks.events.kafka_sink import KafkaSink
from doge_datagen.sinks.events.memory import Event, MemorySink
from doge_datagen.sinks.events.printing import PrintingSink
from doge_datagen.sinks.failing_batches import FailingBatchSink
from doge_datagen.sinks.kafka.topics import create_topics
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.transactional import CommittingSink, Position, Transactions

__all__ = [
    "ENDLESS",
    "AlreadyStartedError",
    "Attribute",
    "Batch",
    "BatchSink",
    "CalculationError",
    "Clock",
    "CommittingSink",
    "DataOnlineGenerator",
    "DataOnlineGeneratorGrapher",
    "DbSink",
    "DbSinkFactory",
    "DeliveryError",
    "Destination",
    "DogeError",
    "Event",
    "EventSink",
    "FailingBatchSink",
    "FailingSink",
    "InvalidModelError",
    "JsonLinesSink",
    "KafkaAvroSinkFactory",
    "KafkaSink",
    "KafkaSinkFactory",
    "MemoryBatchSink",
    "MemorySink",
    "MissingDriverError",
    "MissingProgramError",
    "Model",
    "ModelError",
    "Option",
    "Population",
    "Position",
    "PrintingSink",
    "Progress",
    "ReaderGoneError",
    "RecordError",
    "RefusedError",
    "RunReport",
    "SinkConfig",
    "SinkContext",
    "SinkError",
    "SinkKind",
    "SinkReport",
    "Stream",
    "Subject",
    "SubjectFactory",
    "Transactions",
    "Transition",
    "UnknownTargetError",
    "UnreachableError",
    "create_tables",
    "create_topics",
]
