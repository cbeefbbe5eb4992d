"""The sinks of the 1.0.4 API, which take events one by one.

``event_sink``: the contract, ``EventSink``
``printing``, ``json_lines``, ``memory``, ``failing``: sinks that need no server
``database``, ``create_tables``: rows of a table
``kafka_factories``, ``kafka_sink``, ``avro_serializer``: records of a topic
"""
