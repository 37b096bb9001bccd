"""Which addresses a link may lead to: public ones, and those of hosts that the owner trusts."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

IPAddress = IPv4Address | IPv6Address

_UNICAST = IPv6Network("2000::/3")  # the only part of IPv6 that is public
_NAT64 = IPv6Network("64:ff9b::/96")
# Where clouds tell a machine its secrets, whatever else is private there; Azure's is public.
_METADATA = frozenset(
    map(ip_address, ("168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)


def is_public(address: IPAddress) -> bool:
    """Whether an address, and each that is embedded in it, is one of the public internet."""
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        if address in _NAT64:
            mapped = IPv4Address(int(address) & 0xFFFF_FFFF)
        if mapped:
            return is_public(mapped)
        embedded = [*filter(None, (address.sixtofour,)), *(address.teredo or ())]
        return address.is_global and address in _UNICAST and all(map(is_public, embedded))
    special = address.is_multicast or address.is_reserved or address in _METADATA
    return address.is_global and not special


def is_metadata(address: IPAddress) -> bool:
    """Whether an address is, or may be, that of a cloud's metadata service."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_link_local or address in _METADATA
