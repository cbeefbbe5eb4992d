"""Deliver batches and events to Kafka, databases, files and the screen.

``base``: what all sinks that take batches promise, ``Sink``, and those without positions, ``BatchSink``
``sink_kind``: what a type of sink says about itself, ``SinkKind``, with the packages that it needs
``transactional``: sinks that commit records and position together
``registry``: finds the kind that a target or the scheme of a URL names, shows the target, and opens the sink
``options``: checks a target's options against those of its kind
``environment_variables``: fills in environment variables in a target
``destination_identity``: recognizes two names of the same topic, table or file
``conflicts``: refuses two streams that go to the same destination
``server_wait``: how long a sink waits for a server, and the warnings meanwhile
``files``, ``database``, ``kafka``: the sinks for files, tables and topics
``console``: prints records to the screen
``memory_batches``, ``failing_batches``: sinks for tests
``events``: the sinks of the 1.0.4 API, which take one event at a time
``testing``: conformance checks for sinks of your own
"""
