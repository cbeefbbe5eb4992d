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
from doge_datagen.model import ENDLESS, Attribute, Clock, Place, Population, Stream, Transition
from doge_datagen.run.report import Progress, RunReport, SinkReport
from doge_datagen.simulation import Model
from doge_datagen.sinks.batch_failing import FailingBatchSink
from doge_datagen.sinks.batch_memory import MemoryBatchSink
from doge_datagen.sinks.batch_sink import BatchSink, Described, Opening, Option, SinkKind
from doge_datagen.sinks.committing import CommittingSink, Position, Transactions
from doge_datagen.sinks.create_tables import create_tables
from doge_datagen.sinks.database import DbSink, DbSinkFactory
from doge_datagen.sinks.event_sink import EventSink
from doge_datagen.sinks.failing import FailingSink
from doge_datagen.sinks.json_lines import JsonLinesSink
from doge_datagen.sinks.kafka import KafkaSinkFactory
from doge_datagen.sinks.kafka_avro import KafkaAvroSinkFactory
from doge_datagen.sinks.kafka_sink import KafkaSink
from doge_datagen.sinks.kafka_topics import create_topics
from doge_datagen.sinks.memory import Event, MemorySink
from doge_datagen.sinks.printing import PrintingSink

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
    "Described",
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
    "Opening",
    "Option",
    "Place",
    "Population",
    "Position",
    "PrintingSink",
    "Progress",
    "ReaderGoneError",
    "RecordError",
    "RefusedError",
    "RunReport",
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
