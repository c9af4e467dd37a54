"""Whose requests may act, and which address they come from."""

import pytest

from canvas.web import origin
from canvas.web.snapshot import accepted, matches


@pytest.fixture(autouse=True)
def _hosts(settings):
    settings.ALLOWED_HOSTS = ["place.example", "127.0.0.1", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://friends.example"]


@pytest.mark.parametrize(
    ("given", "host", "expected"),
    [
        (None, "place.example", True),
        ("https://place.example", "place.example", True),
        ("https://place.example:443", "place.example", True),
        ("http://place.example", "place.example:80", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("HTTP://PLACE.EXAMPLE".lower(), "Place.Example", True),
        ("https://friends.example", "place.example", True),
        ("http://friends.example", "place.example", False),
        ("https://place.example.evil", "place.example", False),
        ("http://127.0.0.1:8001", "127.0.0.1:8000", False),
        ("null", "place.example", False),
        ("", "place.example", False),
        ("file://", "place.example", False),
        ("https://evil.example", "evil.example", False),
        (None, "evil.example", False),
        (None, None, False),
        (None, "", False),
    ],
)
def test_only_the_sites_own_pages_and_programs_may_act(given, host, expected):
    assert origin.allowed(given, host) is expected


@pytest.mark.parametrize(
    ("site", "expected"), [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False)]
)
def test_what_the_browser_says_of_the_asking_site_counts(rf, site, expected):
    request = rf.post("/", headers={"Sec-Fetch-Site": site, "Host": "place.example"})
    assert origin.allowed_request(request) is expected


def test_a_trusted_origin_may_act_from_another_site(rf):
    request = rf.post("/", headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://friends.example"})
    assert origin.allowed_request(request)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.1.1.1", "9.9.9.9"),
        (1, None, "9.9.9.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.1", "1.1.1.1"),
        (3, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6,", "9.9.9.9"),
    ],
)
def test_of_forwarded_addresses_only_those_that_trusted_proxies_wrote_are_believed(
    settings, proxies, forwarded, expected
):
    settings.TRUSTED_PROXIES = proxies
    assert origin.address("9.9.9.9", forwarded) == expected


def test_several_cookie_headers_are_one():
    assert origin.scope_headers([(b"Cookie", b"a=1"), (b"cookie", b"b=2"), (b"Host", b"x")]) == {
        "cookie": "a=1; b=2",
        "host": "x",
    }


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("GZIP", "gzip"),
        ("zstd;q=0, gzip;q=0.5", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "br"),
        ("identity", "identity"),
        ("gzip;q=0.000", "identity"),
    ],
)
def test_the_best_encoding_that_the_client_takes_is_chosen(header, expected):
    assert accepted(header) == expected


def test_etags_match_weakly_and_as_wildcard():
    assert matches(['W/"1-2-zstd"'], '"1-2-zstd"')
    assert matches(["*"], '"1-2-zstd"')
    assert not matches(['"1-3-zstd"'], '"1-2-zstd"')
