"""The apps and floors that import rules are about are all there."""

from configparser import ConfigParser

import pytest
from django.apps import apps as django_apps

from tests.architecture.source import ROOT, dotted, imported, modules

OUR_APPS = sorted(path.parent.name for path in ROOT.glob("apps/*/__init__.py"))

# What a domain may take from PyMongo besides its errors: operations, and the type of what the scope hands out.
HARMLESS_NAMES = frozenset(
    {
        "pymongo.DeleteOne",
        "pymongo.InsertOne",
        "pymongo.ReturnDocument",
        "pymongo.UpdateMany",
        "pymongo.UpdateOne",
        "pymongo.collection.Collection",
    }
)


@pytest.fixture(scope="module")
def contracts() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def test_every_app_is_labelled_with_the_house_and_its_package() -> None:
    labels = {config.name: config.label for config in django_apps.get_app_configs() if config.name.startswith("apps.")}

    assert labels == {f"apps.{package}": f"novapulse_{package}" for package in OUR_APPS}


def test_every_app_has_a_front_door(contracts: ConfigParser) -> None:
    doors = [section for section in contracts.sections() if ":front-door-" in section]

    assert sorted(section.rpartition("front-door-")[2] for section in doors) == OUR_APPS


def test_every_floor_below_web_is_kept_free_of_django(contracts: ConfigParser) -> None:
    named = contracts["importlinter:contract:library-is-plain-python"]["source_modules"].split()
    there = {".".join(dotted(path).split(".")[:2]) for path in modules("novapulse")}

    assert sorted(named) == sorted(there - {"novapulse", "novapulse.web", "novapulse.tasks"})


def test_every_contract_is_explained_in_the_line_above_it() -> None:
    lines = (ROOT / ".importlinter").read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("[importlinter:")]

    assert [lines[number] for number in starts if not lines[number - 1].startswith("# ")] == []


def test_domains_take_only_harmless_names_from_pymongo() -> None:
    taken = {
        f"{path}: {name}"
        for path in modules("apps")
        for name in imported(path)
        if name.startswith("pymongo") and not name.startswith("pymongo.errors.") and name not in HARMLESS_NAMES
    }

    assert taken == set()
