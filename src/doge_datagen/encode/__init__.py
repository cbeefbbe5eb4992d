"""Encode batches as bytes.

``json``: JSON objects
``avro``: Avro schemas and values
``unencodable``: errors for values that a format cannot represent
"""
