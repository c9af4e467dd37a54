"""What the docs promise is there, and what is there is in the docs."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from canvas.rules.refusals import CLOSE_REASONS, HTTP_STATUS, CloseCode, Code
from canvas.rules.wire import DELTA, HEARTBEAT
from tests.servers import ROOT

PROTOCOL = (ROOT / "docs/protocol.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()
SETTINGS = sorted(set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "placesite/settings.py").read_text())))
COMMANDS = sorted(name for name, app in get_commands().items() if app == "canvas" and name != "runserver")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *(ROOT / "bench").glob("*.md")]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_explained(name):
    assert f"| `{name}` |" in OPERATIONS


def test_no_setting_is_explained_that_is_not_there():
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.M)) == set(SETTINGS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained(name):
    assert re.search(rf"^\| `{name}[ `]", OPERATIONS, re.M)


@pytest.mark.parametrize("code", list(Code))
def test_every_refusal_is_explained_with_its_status(code):
    assert f"| `{code}` | {HTTP_STATUS[code]} |" in PROTOCOL


@pytest.mark.parametrize("code", [value for name, value in vars(CloseCode).items() if name.isupper()])
def test_every_close_code_is_explained_and_has_a_sentence_that_fits_a_frame(code):
    assert re.search(rf"^\| {code} \|", PROTOCOL, re.M)
    assert len(CLOSE_REASONS[code].encode()) <= 123


@pytest.mark.parametrize("byte", [DELTA, HEARTBEAT])
def test_every_binary_frame_is_explained(byte):
    assert f"`0x{byte:02x}`" in PROTOCOL


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_decision_is_in_the_list():
    listed = (ROOT / "docs/adr/README.md").read_text()
    for page in (ROOT / "docs/adr").glob("0*.md"):
        assert page.name in listed
