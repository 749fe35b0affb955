"""The rule of tests/conftest.py: where all tests are required, a test that is left out fails, with its reason."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LEFT_OUT = """
import pytest

def test_that_runs():
    assert True

@pytest.mark.skip(reason="no such machine here")
def test_that_is_left_out():
    assert True

@pytest.mark.xfail(reason="known", strict=True)
def test_that_is_known_to_fail():
    assert False
"""
WHOLE_FILE = 'import pytest\npytest.skip("no such library here", allow_module_level=True)\n'


def run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A small suite under the real conftest."""
    (folder / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text(encoding="utf-8"))
    environ = {name: value for name, value in os.environ.items() if name != "MAILER_REQUIRE_ALL"} | variables
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 our own words


@pytest.mark.parametrize(
    ("suite", "reason"), [(LEFT_OUT, "no such machine here"), (WHOLE_FILE, "no such library here")]
)
def test_a_test_that_is_left_out_fails_where_all_are_required(tmp_path: Path, suite: str, reason: str) -> None:
    (tmp_path / "test_suite.py").write_text(suite)
    assert run(tmp_path).returncode in (0, 5), "0: passed; 5: nothing to run"
    required = run(tmp_path, MAILER_REQUIRE_ALL="1")
    assert required.returncode in (1, 2), "1: failed; 2: stopped while collecting"
    assert reason in required.stdout
    assert "MAILER_REQUIRE_ALL" in required.stdout


def test_the_program_under_test_does_not_see_the_variable(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(
        "import os\n\ndef test_it():\n    assert 'MAILER_REQUIRE_ALL' not in os.environ\n"
    )
    assert run(tmp_path, MAILER_REQUIRE_ALL="1").returncode == 0
