"""Newcomers get lost in the few giants: a wall, not an average."""

from pathlib import Path

from tests.architecture.source import CODE, functions, modules, text

MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_MODULE = 300
ONE_LONG_LIST = Path("config/settings/base.py")  # every variable with its sentence, no logic

EVERYTHING = modules(*CODE, "tests", "benchmarks")


def test_no_function_is_longer_than_the_wall() -> None:
    giants = [
        f"{path}:{function.lineno} {function.name}"
        for path in EVERYTHING
        for function in functions(path)
        if function.end_lineno is not None and function.end_lineno - function.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]

    assert giants == []


def test_no_module_is_longer_than_the_wall() -> None:
    giants = [
        str(path)
        for path in EVERYTHING
        if path != ONE_LONG_LIST and len(text(path).splitlines()) > MOST_LINES_OF_A_MODULE
    ]

    assert giants == []
