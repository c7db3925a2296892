"""Addresses that name rows: no number longer than a database can hold."""

import pytest
from django.urls import Resolver404, get_resolver, resolve
from django.urls.converters import IntConverter

from cqp.converters import RowId


def test_no_address_takes_a_number_without_end() -> None:
    resolver = get_resolver()
    found = [
        converter
        for room in resolver.url_patterns
        for entry in getattr(room, "url_patterns", [room])
        for converter in getattr(entry.pattern, "converters", {}).values()
    ]
    assert any(isinstance(converter, RowId) for converter in found)
    assert not any(isinstance(converter, IntConverter) for converter in found)


def test_an_identifier_has_fifteen_digits_at_most() -> None:
    assert resolve(f"/jurys/releves/{'9' * 15}.pdf").kwargs == {"pk": 10**15 - 1}
    with pytest.raises(Resolver404):
        resolve(f"/jurys/releves/{'9' * 16}.pdf")
