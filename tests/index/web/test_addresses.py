"""Where a link may lead: however an address is spelt, nothing private is ever connected to."""

import ssl
from ipaddress import ip_address
from typing import Any

import httpcore2
import pytest

from index.errors import FetchError
from index.web.addresses import is_public
from index.web.fetch import Fetcher
from tests.index.web.sites import PUBLIC, Network, page, redirect, site

PRIVATE = "leads to an address that is not public"
NONE = "is no web address"
UNKNOWN = "has an unknown host"
USER = "has a user name in its address"
PORT = "is at a port that is not the web's"

FORBIDDEN = {
    # loopback, as every dialect of inet_aton spells it
    "http://127.0.0.1/": PRIVATE,
    "http://127.1/": PRIVATE,
    "http://127.0.1/": PRIVATE,
    "http://127.1.2.3/": PRIVATE,
    "http://127.255.255.254/": PRIVATE,
    "http://2130706433/": PRIVATE,
    "http://017700000001/": PRIVATE,
    "http://0x7f000001/": PRIVATE,
    "http://0x7f.1/": PRIVATE,
    "http://0x7f.0.0.1/": PRIVATE,
    "http://0177.0.0.1/": NONE,
    "http://0177.0x0.0.01/": PRIVATE,
    "http://127.0.0.1:8080/": PRIVATE,
    "http://127.0.0.1:443/": PRIVATE,
    "https://127.0.0.1/": PRIVATE,
    "HTTP://127.0.0.1/": PRIVATE,
    "http://0/": PRIVATE,
    "http://0.0.0.0/": PRIVATE,
    "http://0x0/": PRIVATE,
    # private networks and what is special
    "http://10.0.0.1/": PRIVATE,
    "http://10.1/": PRIVATE,
    "http://167772161/": PRIVATE,
    "http://172.16.0.1/": PRIVATE,
    "http://172.31.255.255/": PRIVATE,
    "http://192.168.0.1/": PRIVATE,
    "http://0xc0a80001/": PRIVATE,
    "http://192.168.257/": PRIVATE,
    "http://100.64.0.1/": PRIVATE,
    "http://198.18.0.1/": PRIVATE,
    "http://192.0.2.1/": PRIVATE,
    "http://203.0.113.9/": PRIVATE,
    "http://224.0.0.1/": PRIVATE,
    "http://239.255.255.250/": PRIVATE,
    "http://240.0.0.1/": PRIVATE,
    "http://255.255.255.255/": PRIVATE,
    # where clouds tell their secrets
    "http://169.254.169.254/latest/meta-data/": PRIVATE,
    "http://2852039166/": PRIVATE,
    "http://0xa9fea9fe/": PRIVATE,
    "http://0251.0376.0251.0376/": NONE,
    "http://100.100.100.200/": PRIVATE,
    "http://168.63.129.16/": PRIVATE,
    "http://192.0.0.192/": PRIVATE,
    "http://[fd00:ec2::254]/": PRIVATE,
    "http://[::ffff:169.254.169.254]/": PRIVATE,
    # IPv6, and IPv4 inside it
    "http://[::1]/": PRIVATE,
    "http://[0:0:0:0:0:0:0:1]/": PRIVATE,
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]/": PRIVATE,
    "http://[::]/": PRIVATE,
    "http://[::ffff:127.0.0.1]/": PRIVATE,
    "http://[::ffff:7f00:1]/": PRIVATE,
    "http://[::127.0.0.1]/": PRIVATE,
    "http://[64:ff9b::127.0.0.1]/": PRIVATE,
    "http://[64:ff9b::a00:1]/": PRIVATE,
    "http://[64:ff9b:1::1]/": PRIVATE,
    "http://[2002:7f00:1::]/": PRIVATE,
    "http://[2002:c0a8:1::1]/": PRIVATE,
    "http://[2001:0:5db8:d70e::80ff:fffe]/": PRIVATE,
    "http://[fe80::1]/": PRIVATE,
    "http://[fec0::1]/": PRIVATE,
    "http://[fc00::1]/": PRIVATE,
    "http://[fd12:3456::1]/": PRIVATE,
    "http://[ff02::1]/": PRIVATE,
    "http://[2001:db8::1]/": PRIVATE,
    "http://[4000::1]/": PRIVATE,
    "http://[fe80::1%25lo]/": UNKNOWN,
    "http://[::1%25lo]/": UNKNOWN,
    "http://[::1": NONE,
    # dots, digits and letters that are others
    "http://127.0.0.1./": UNKNOWN,
    "http://127\u30020\u30020\u30021/": PRIVATE,
    "http://127\uff0e0\uff0e0\uff0e1/": PRIVATE,
    "http://\u2460\u2461\u2466.0.0.1/": NONE,
    "http://\uff11\uff12\uff17.0.0.1/": NONE,
    "http://\u24db\u24de\u24d2alhost/": NONE,
    "http://127.0.0.1%00.news.example/": UNKNOWN,
    "http://127.0.0.1\u200b/": NONE,
    # names
    "http://localhost/": PRIVATE,
    "http://LOCALHOST/": PRIVATE,
    "http://localhost./": PRIVATE,
    "http://ip6-localhost/": PRIVATE,
    "http://news.localhost/": PRIVATE,
    "http://private.example/": PRIVATE,
    "http://private6.example/": PRIVATE,
    "http://mixed.example/": PRIVATE,
    "http://metadata.google.internal/": PRIVATE,
    "http://nowhere.example/": UNKNOWN,
    # who is asked, and for what
    "http://news.example@127.0.0.1/": USER,
    "http://127.0.0.1@news.example/": USER,
    "http://news.example:80@127.0.0.1/": USER,
    "http://user:secret@news.example/": USER,
    "http://news.example\\@127.0.0.1/": USER,
    "http://127.0.0.1\\.news.example/": UNKNOWN,
    "http://127.0.0.1#@news.example/": PRIVATE,
    "http://127.0.0.1?@news.example/": PRIVATE,
    "http://news.example:22/": PORT,
    "http://news.example:6379/": PORT,
    "http://127.0.0.1:25/": PORT,
    "http://news.example:0/": PORT,
    "ftp://news.example/": NONE,
    "file:///etc/passwd": NONE,
    "gopher://127.0.0.1:6379/_INFO": NONE,
    "javascript:alert(1)": NONE,
    "data:text/html,<p>Hello": NONE,
    "http:///etc/passwd": NONE,
    "http://": NONE,
    "//127.0.0.1/": NONE,
    "news.example": NONE,
    "http://news.example/\nHost: 127.0.0.1": NONE,
}
LOCAL = {
    "localhost": [["127.0.0.1", "::1"]],
    "localhost.": [["127.0.0.1"]],
    "ip6-localhost": [["::1"]],
    "news.localhost": [["127.0.0.1"]],
    "private.example": [["10.1.2.3"]],
    "private6.example": [["fd00::1"]],
    "mixed.example": [[PUBLIC, "192.168.0.1"]],
    "metadata.google.internal": [["169.254.169.254"]],
}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network(monkeypatch)
    made.names |= {name: [list(one) for one in answers] for name, answers in LOCAL.items()}
    return made


@pytest.mark.parametrize("url", FORBIDDEN)
def test_no_spelling_of_a_forbidden_address_is_connected_to(network: Network, url: str) -> None:
    with pytest.raises(FetchError) as refused:
        Fetcher().get(url)
    assert str(refused.value).startswith(FORBIDDEN[url])
    assert network.connected == []


def test_nor_is_any_that_a_public_page_redirects_to(network: Network) -> None:
    answers = {f"/{n}": redirect(url) for n, url in enumerate(FORBIDDEN) if url.isascii()}
    answers = {path: answer for path, answer in answers.items() if "\n" not in str(answer)}
    with site(answers) as public:
        network.port = public.port
        fetcher = Fetcher(pause=0)
        for path in answers:
            network.connected.clear()
            with pytest.raises(FetchError):
                fetcher.get(f"http://news.example{path}")
            assert set(network.connected) == {PUBLIC}
        assert {path for path in public.paths if path in answers} == set(answers)


def test_a_name_is_looked_up_once_for_each_connection_and_checked_each_time(
    network: Network,
) -> None:
    network.names["rebinding.example"] = [[PUBLIC], ["127.0.0.1"]]
    with site({"/": page()}) as public:
        network.port = public.port
        with pytest.raises(FetchError, match=PRIVATE):
            Fetcher(pause=0).get("http://rebinding.example/")
        assert network.connected == [PUBLIC]  # for its robots.txt
        assert public.paths == ["/robots.txt"]


def test_what_is_public_is_connected_to_by_the_address_that_was_checked(network: Network) -> None:
    with site({"/a": page()}) as public:
        network.port = public.port
        fetched = Fetcher(pause=0).get("http://news.example/a#part")
        assert (fetched.url, fetched.content_type) == ("http://news.example/a", "text/html")
        assert set(network.connected) == {PUBLIC}
        assert public.asked[-1][1]["Host"] == "news.example"


def test_a_certificate_is_checked_for_the_name(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, ...]] = []
    connected: list[str] = []

    class Stream(httpcore2.NetworkStream):
        def start_tls(self, *given: Any, **_: Any) -> httpcore2.NetworkStream:
            seen.append(given)
            raise httpcore2.ConnectError("certificate verify failed")

        def close(self) -> None:
            """There is nothing to close."""

    def connect(_: Any, host: str, *__: Any, **___: Any) -> Stream:
        connected.append(host)
        return Stream()

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    with pytest.raises(FetchError, match=r"cannot be reached \(certificate verify failed\)"):
        Fetcher().get("https://news.example/")
    ((context, name, _),) = seen
    assert (name, connected) == ("news.example", [PUBLIC])
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("allowed", "url", "connects"),
    [
        ("127.0.0.1", "http://127.0.0.1:5000/", True),
        ("127.0.0.1:5000", "http://127.0.0.1:5000/", True),
        ("127.0.0.1:5000", "http://127.0.0.1:5001/", False),
        ("127.0.0.1:80", "http://127.0.0.1/", True),
        ("[::1]:8000", "http://[::1]:8000/", True),
        ("::1", "http://[::1]/", True),
        ("Private.example", "http://private.example/", True),
        ("private.example", "http://10.1.2.3/", False),
        ("private.example", "http://private6.example/", False),
        ("metadata.google.internal", "http://metadata.google.internal/", False),
        ("169.254.169.254", "http://169.254.169.254/", True),
        ("169.254.169.254", "http://metadata.google.internal/", False),
    ],
)
def test_a_host_that_the_owner_trusts_may_be_private(
    network: Network, allowed: str, url: str, connects: bool
) -> None:
    with pytest.raises(FetchError) as refused:
        Fetcher(frozenset({allowed})).get(url)
    assert bool(network.connected) is connects
    assert str(refused.value).startswith("cannot be reached" if connects else (PRIVATE, PORT))


def test_a_public_page_does_not_lead_to_a_trusted_host(network: Network) -> None:
    with site({"/": redirect("http://private.example/")}) as public:
        network.port = public.port
        with pytest.raises(FetchError, match=PRIVATE):
            Fetcher(frozenset({"private.example"}), pause=0).get("http://news.example/")
        assert set(network.connected) == {PUBLIC}


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "64:ff9b::5db8:d70e", "8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert is_public(ip_address(address))
