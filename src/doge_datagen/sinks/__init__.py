"""Deliver batches and events to Kafka, databases, files and the screen.

``base``: the contract of sinks that take batches, ``BatchSink``, and of the kinds that targets name, ``SinkKind``
``transactional``: sinks that commit records and position together
``registry``: finds the kind that a target names and opens the sink
``options``: checks a target's options against those of its kind
``environment_variables``: fills in environment variables in a target
``destination_identity``: recognizes two names of the same topic, table or file
``conflicts``: refuses two streams that go to the same destination
``display``: where a stream goes, for people to read
``server_wait``: how long a sink waits for a server, and the warnings meanwhile
``installed_packages``: checks that optional packages are installed
``files``, ``database``, ``kafka``: the sinks for files, tables and topics
``console``: prints records to the screen
``memory_batches``, ``failing_batches``: sinks for tests
``schema_conflict``: explains why a schema registry refuses a schema
``local_files``, ``opened_file``: the file behind a target, and whether it is still there
``caller_warning``: warnings that point to the user's code
``events``: the sinks of the 1.0.4 API, which take one event at a time
``testing``: conformance checks for sinks of your own
"""
