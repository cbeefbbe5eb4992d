"""Write batches to Kafka topics.

``sink_kind``: the options of a target, and how a sink is opened
``validation``: checks a target before any server is contacted
``conf``: configuration of the clients, with addresses of brokers and the user's keys on top
``conf_rules``, ``conf_contradictions``, ``properties``: which keys and values of ``conf`` are allowed
``client``: the client, its connection errors, metadata queries
``topics``: finds and creates topics, warns about their settings
``sink``: delivers records without transactions
``producing``, ``delivery_report``: passes records to the client and counts what becomes of them
``client_queue``: waits until the client's queue has room, or is empty
``transactions``: commits records and position together
``transactional_producer``, ``position_topic``: the producer and the topic that this uses
``schema_registry``, ``registry_conf``: registers Avro schemas, and explains why one is refused
"""
