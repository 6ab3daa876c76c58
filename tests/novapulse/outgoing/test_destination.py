"""URLs that strangers write down."""

from ipaddress import ip_network

import pytest

from novapulse.outgoing.destination import BadDestination, Destination, Policy, read

BOTH = Policy(schemes=("https", "http"))


def test_a_url_is_taken_apart() -> None:
    assert read("https://Hooks.example.com/in?x=1", policy=BOTH) == Destination(
        is_encrypted=True, host="hooks.example.com", port=443, target="/in?x=1"
    )
    assert read("http://8.8.8.8:8080", policy=BOTH) == Destination(
        is_encrypted=False, host="8.8.8.8", port=8080, target="/"
    )
    assert read("https://[2606:4700:4700::1111]/", policy=BOTH).host == "2606:4700:4700::1111"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://@example.com/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com/#part",
        "https://example.com/a b",
        "https://example.com/a\r\nHost: other",
        "https://exämple.com/",
        "https://example.com:22/",
        "https://example.com:25/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://-example.com/",
        "https://exa%6dple.com/",
        f"https://{'a' * 64}.com/",
        f"https://{'a.' * 130}com/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[not-an-address]/",
        "https://127.0.0.1/",
        "https://10.0.0.1:8080/",
        "https://169.254.169.254/latest/meta-data",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.0x1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
    ],
)
def test_what_no_request_may_go_to_is_refused(url: str) -> None:
    with pytest.raises(BadDestination):
        read(url, policy=BOTH)


def test_only_https_is_taken_unless_the_policy_says_otherwise() -> None:
    with pytest.raises(BadDestination, match="https"):
        read("http://example.com/", policy=Policy())


def test_an_address_inside_is_taken_where_its_network_is_allowed() -> None:
    policy = Policy(schemes=("http",), networks=(ip_network("127.0.0.0/8"),))

    assert read("http://127.0.0.1:8123/in", policy=policy).port == 8123
    with pytest.raises(BadDestination, match="public"):
        read("http://10.0.0.1:8123/in", policy=policy)
