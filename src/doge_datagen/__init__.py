"""Data Online Generator: event streams the way real actors would cause them."""

from doge_datagen.generator import DataOnlineGenerator, Subject, SubjectFactory
from doge_datagen.model import Transition
from doge_datagen.sinks.event_sink import EventSink
from doge_datagen.sinks.failing import FailingSink
from doge_datagen.sinks.json_lines import JsonLinesSink
from doge_datagen.sinks.memory import MemorySink
from doge_datagen.sinks.printing import PrintingSink

__all__ = [
    "DataOnlineGenerator",
    "EventSink",
    "FailingSink",
    "JsonLinesSink",
    "MemorySink",
    "PrintingSink",
    "Subject",
    "SubjectFactory",
    "Transition",
]
