"""The schema registry keeps its address and schemas."""

import json
import urllib.request

import pytest

from services import SchemaRegistry


def request_json(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


@pytest.mark.slow
def test_schemas_and_address_survive_a_kill():
    with SchemaRegistry() as server:
        address = server.url
        request_json(f"{address}/subjects/events-value/versions", {"schema": '"string"'})
        server.kill()
        server.start()
        assert server.url == address
        assert request_json(f"{address}/subjects") == ["events-value"]
