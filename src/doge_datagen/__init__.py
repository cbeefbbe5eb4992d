"""Data Online Generator: event streams produced by simulating subjects that walk a probabilistic state machine.

Names are imported on first use (PEP 562), so that ``import doge_datagen`` is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from doge_datagen.model import (
        ENDLESS,
        Arrival,
        Attribute,
        Born,
        Clock,
        Destination,
        Holidays,
        Incident,
        Lines,
        Matrix,
        Period,
        Population,
        Rhythm,
        Spawn,
        Stream,
        Table,
        Transition,
    )
    from doge_datagen.model_api import Model
    from doge_datagen.run.reporting.report import Progress, RunReport, SinkReport
    from doge_datagen.sinks.base import BatchSink, Capabilities
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
    from doge_datagen.sinks.sink_kind import Option, SinkConfig, SinkContext, SinkKind, WireFormat
    from doge_datagen.sinks.transactional import CommittingSink, Position, Transactions

_MODULES = {
    "doge_datagen.batch": ("Batch",),
    "doge_datagen.errors": (
        "AlreadyStartedError",
        "CalculationError",
        "DeliveryError",
        "DogeError",
        "InvalidModelError",
        "MissingDriverError",
        "MissingProgramError",
        "ModelError",
        "ReaderGoneError",
        "RecordError",
        "RefusedError",
        "SinkError",
        "UnknownTargetError",
        "UnreachableError",
    ),
    "doge_datagen.generator": ("DataOnlineGenerator", "Subject", "SubjectFactory"),
    "doge_datagen.graph": ("DataOnlineGeneratorGrapher",),
    "doge_datagen.model": (
        "Arrival",
        "Attribute",
        "Born",
        "Clock",
        "Destination",
        "ENDLESS",
        "Holidays",
        "Incident",
        "Lines",
        "Matrix",
        "Period",
        "Population",
        "Rhythm",
        "Spawn",
        "Stream",
        "Table",
        "Transition",
    ),
    "doge_datagen.model_api": ("Model",),
    "doge_datagen.run.reporting.report": ("Progress", "RunReport", "SinkReport"),
    "doge_datagen.sinks.base": ("BatchSink", "Capabilities"),
    "doge_datagen.sinks.events.create_tables": ("create_tables",),
    "doge_datagen.sinks.events.database": ("DbSink", "DbSinkFactory"),
    "doge_datagen.sinks.events.event_sink": ("EventSink",),
    "doge_datagen.sinks.events.failing": ("FailingSink",),
    "doge_datagen.sinks.events.json_lines": ("JsonLinesSink",),
    "doge_datagen.sinks.events.kafka_factories": ("KafkaAvroSinkFactory", "KafkaSinkFactory"),
    "doge_datagen.sinks.events.kafka_sink": ("KafkaSink",),
    "doge_datagen.sinks.events.memory": ("Event", "MemorySink"),
    "doge_datagen.sinks.events.printing": ("PrintingSink",),
    "doge_datagen.sinks.failing_batches": ("FailingBatchSink",),
    "doge_datagen.sinks.kafka.topics": ("create_topics",),
    "doge_datagen.sinks.memory_batches": ("MemoryBatchSink",),
    "doge_datagen.sinks.sink_kind": ("Option", "SinkConfig", "SinkContext", "SinkKind", "WireFormat"),
    "doge_datagen.sinks.transactional": ("CommittingSink", "Position", "Transactions"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ENDLESS",
    "AlreadyStartedError",
    "Arrival",
    "Attribute",
    "Batch",
    "BatchSink",
    "Born",
    "CalculationError",
    "Capabilities",
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
    "Holidays",
    "Incident",
    "InvalidModelError",
    "JsonLinesSink",
    "KafkaAvroSinkFactory",
    "KafkaSink",
    "KafkaSinkFactory",
    "Lines",
    "Matrix",
    "MemoryBatchSink",
    "MemorySink",
    "MissingDriverError",
    "MissingProgramError",
    "Model",
    "ModelError",
    "Option",
    "Period",
    "Population",
    "Position",
    "PrintingSink",
    "Progress",
    "ReaderGoneError",
    "RecordError",
    "RefusedError",
    "Rhythm",
    "RunReport",
    "SinkConfig",
    "SinkContext",
    "SinkError",
    "SinkKind",
    "SinkReport",
    "Spawn",
    "Stream",
    "Subject",
    "SubjectFactory",
    "Table",
    "Transactions",
    "Transition",
    "UnknownTargetError",
    "UnreachableError",
    "WireFormat",
    "create_tables",
    "create_topics",
]


def __getattr__(name: str) -> Any:  # Any: whatever the name stands for
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
