"""The page's modules that need no browser, tested by Node where it is."""

import subprocess

from tests.needs import program
from tests.servers import ROOT


def test_the_pages_modules_pass_their_own_tests():
    node = program(["node", "nodejs"], "nodejs")
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests/js").glob("*.test.mjs"))
    assert files
    done = subprocess.run([node, "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
