"""Data Online Generator: event streams the way real actors would cause them."""

from doge_datagen.errors import (
    AlreadyStartedError,
    DeliveryError,
    DogeError,
    MissingDriverError,
    ModelError,
    RecordError,
    RefusedError,
    SinkError,
    UnknownTargetError,
    UnreachableError,
)
from doge_datagen.generator import DataOnlineGenerator, Subject, SubjectFactory
from doge_datagen.model import Transition
from doge_datagen.sinks.event_sink import EventSink
from doge_datagen.sinks.failing import FailingSink
from doge_datagen.sinks.json_lines import JsonLinesSink
from doge_datagen.sinks.memory import MemorySink
from doge_datagen.sinks.printing import PrintingSink

__all__ = [
    "AlreadyStartedError",
    "DataOnlineGenerator",
    "DeliveryError",
    "DogeError",
    "EventSink",
    "FailingSink",
    "JsonLinesSink",
    "MemorySink",
    "MissingDriverError",
    "ModelError",
    "PrintingSink",
    "RecordError",
    "RefusedError",
    "SinkError",
    "Subject",
    "SubjectFactory",
    "Transition",
    "UnknownTargetError",
    "UnreachableError",
]
