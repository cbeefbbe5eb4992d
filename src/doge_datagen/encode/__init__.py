"""Encode batches as bytes.

``json``: JSON objects
``avro``: Avro schemas and values
``encoding_errors``: errors for values that a format cannot represent
"""
