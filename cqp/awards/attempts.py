"""How many wrong codes are answered: by address, and in all.

By address: an employer who checks a pile mistypes a few; whoever is wrong sixty times in an hour is guessing.
In all: many addresses guessing together are slowed, never by closing the page, which would let one attacker
close it for everybody. Once the hour has counted more wrong codes than people can mistype, each address may
be wrong five times only. Who holds a certificate and reads its code right is not refused: a right answer
counts for nothing. An address of version 6 counts with its network of 64 bits: one subscriber has them all.
"""

from ipaddress import IPv6Address, ip_address

from juries.throttle import count_try, too_many

BY_ADDRESS = 60
FLOOD = 2_000
BY_ADDRESS_IN_FLOOD = 5
_ALL = "verify:all"


def is_refused(address: str | None) -> bool:
    """Has this address been wrong too often within the hour?"""
    key = _key(address)
    if too_many(key, BY_ADDRESS):
        return True
    return too_many(_ALL, FLOOD) and too_many(key, BY_ADDRESS_IN_FLOOD)


def count_wrong(address: str | None) -> None:
    """One more wrong code, or file that is not ours, from this address."""
    count_try(_key(address))
    count_try(_ALL)


def _key(address: str | None) -> str:
    try:
        known = ip_address(address or "")
    except ValueError:
        return "verify:unknown"
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped:
            return f"verify:{known.ipv4_mapped}"
        return f"verify:{int(known) >> 64:x}"
    return f"verify:{known}"
