"""Every reference in the records of a shipped model is to a record emitted at or before its time."""

import pytest

from doge_datagen.gallery.shipped import shipped
from tests.gallery.test_gallery import expected

REFERENCES = {
    "cafe": [("orders", "customer", "visits", "customer")],
    "bank": [],
    "sessions": [],
    "funnel": [],
    "recommend": [
        (stream, *key)
        for stream in ("views", "carts", "ratings")
        for key in (("user", "users", "user"), ("sku", "products", "sku"))
    ],
    "orders": [
        ("orders", "customer", "customers", "customer"),
        ("order_lines", "order", "orders", "order"),
        ("order_lines", "sku", "products", "sku"),
        ("payments", "order", "orders", "order"),
        ("shipments", "order", "orders", "order"),
        ("returns", "order", "orders", "order"),
        ("returns", "order line", "order_lines", "order line"),
    ],
    "fraud": [
        ("cards", "customer", "customers", "customer"),
        ("payments", "card", "cards", "card"),
        ("payments", "merchant", "merchants", "merchant"),
        ("frauds", "payment", "payments", "payment"),
        ("chargebacks", "card", "cards", "card"),
        ("chargebacks", "payment", "payments", "payment"),
    ],
    "features": [
        ("pages", "user", "users", "user"),
        ("orders", "user", "users", "user"),
        ("decisions", "user", "users", "user"),
        ("decisions", "session", "pages", "session"),
    ],
    "bots": [("clicks", "user", "users", "user")],
    "music": [],
    "nexmark": [
        ("auctions", "seller", "persons", "person"),
        *((stream, "auction", "auctions", "auction") for stream in ("bids", "sales")),
        *((stream, "bidder", "persons", "person") for stream in ("bids", "sales")),
    ],
}
"""The foreign keys of each model: fields of a stream that refer to fields of another."""


def moment(record):
    """The time of a record; None for a row of a table, which precedes everything."""
    return record.get("ts", record.get("timestamp"))


def early(records, stream, fields, of, key):
    """The records that refer to nothing, or to a later record."""
    first = {}
    for record in records[of]:
        first.setdefault(values(record, key), moment(record))
    return [
        record
        for record in records[stream]
        if (it := values(record, fields)) not in first or (first[it] or moment(record)) > moment(record)
    ]


def values(record, fields):
    """The values of the named fields of a record; names are separated by spaces."""
    return tuple(record[field] for field in fields.split())


def test_the_references_of_every_shipped_model_are_declared():
    assert REFERENCES.keys() == shipped().keys()


@pytest.mark.parametrize(
    ("name", "reference"),
    [(name, reference) for name, each in REFERENCES.items() for reference in each],
    ids=lambda it: it if isinstance(it, str) else ".".join(it[:2]),
)
def test_referenced_records_have_been_emitted(name, reference):
    records = expected(name)
    assert records[reference[0]]
    assert early(records, *reference) == []


def test_a_reference_to_a_later_or_missing_record_is_detected():
    records = {
        "orders": [{"ts": 5, "id": "a"}],
        "payments": [{"ts": it, "order": key} for it, key in ((4, "a"), (5, "a"), (6, "b"))],
    }
    assert early(records, "payments", "order", "orders", "id") == [{"ts": 4, "order": "a"}, {"ts": 6, "order": "b"}]
