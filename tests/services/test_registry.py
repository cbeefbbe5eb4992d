"""The schema registry keeps its address and its schemas."""

import json
import urllib.request

import pytest

from services import SchemaRegistry


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_schemas_and_address_are_kept_over_a_kill():
    with SchemaRegistry() as server:
        address = server.url
        ask(f"{address}/subjects/events-value/versions", {"schema": '"string"'})
        server.kill()
        server.start()
        assert server.url == address
        assert ask(f"{address}/subjects") == ["events-value"]
