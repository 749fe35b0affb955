"""What a test may need of the machine, and the rule that nothing is left out where everything must run."""

import os
import shutil
from collections.abc import Generator
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Taken out at once: the program under test would read it as a key of its configuration.
REQUIRE_ALL = bool(os.environ.pop("MAILER_REQUIRE_ALL", ""))

PROGRAMS = {
    "browser": "chromium",
    "postfix": "smtp-sink",
    "nginx": "nginx",
    "spamassassin": "spamassassin",
    "dovecot": "dovecot",
    "compiler": "cc",
}
"""By marker, the program without which its tests cannot run (scripts/debian-parts installs them)."""


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Each process that runs tests for this one is told too: the variable is gone when it starts."""
    node.workerinput["require_all"] = REQUIRE_ALL


def pytest_configure(config: pytest.Config) -> None:
    """What this process was told by the one that it runs tests for."""
    global REQUIRE_ALL
    REQUIRE_ALL = REQUIRE_ALL or bool(getattr(config, "workerinput", {}).get("require_all"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test is left out where the program of its marker is not installed."""
    for marker, program in PROGRAMS.items():
        if item.get_closest_marker(marker) and not shutil.which(
            program, path=f"{os.environ.get('PATH', '')}:/usr/sbin"
        ):
            pytest.skip(f"{program} is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where all tests are required, one that is left out has failed."""
    report = yield
    return _required(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file that leaves itself out."""
    report = yield
    return _required(report)


Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _required(report: Report) -> Report:
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"left out, though MAILER_REQUIRE_ALL is set: {_reason(report.longrepr)}"
    return report


def _reason(told: object) -> str:
    return str(told[2]) if isinstance(told, tuple) else str(told)
