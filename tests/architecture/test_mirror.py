"""Who knows where a thing is knows where its test is."""

from pathlib import Path

from tests.architecture.source import CODE, ROOT, modules

# Source without a test file of its own, and what tests it instead.
TESTED_ELSEWHERE = {
    "novapulse/local/errors.py": "exceptions without behaviour",
    "novapulse/queues/documents.py": "declarations; tests/architecture/test_documents looks at them",
    "novapulse/queues/errors.py": "exceptions without behaviour",
    "novapulse/tasks/standard.py": "imports alone",
    "novapulse/vault/errors.py": "exceptions without behaviour",
    "novapulse/web/schema_parameters.py": "test_schema: the whole document",
    "novapulse/web/schema_responses.py": "test_schema",
}

# Tests of a whole package at once.
WHOLE = frozenset(
    {
        "tests/apps/operations/domain/test_sweeping_ends.py",  # with deletions and leftovers
        "tests/apps/operations/test_docs_page.py",
        "tests/novapulse/tenancy/test_probes.py",
        "tests/novapulse/tenancy/test_properties.py",
    }
)


def test_every_test_file_stands_where_its_source_stands() -> None:
    tests = [path for folder in CODE for path in modules(f"tests/{folder}") if path.name.startswith("test_")]
    astray = {str(path) for path in tests if not _has_source(path)}

    assert astray == WHOLE


def test_every_domain_and_library_module_has_a_test_file() -> None:
    mechanism = [path for path in modules("novapulse") if path.name != "__init__.py"]
    policy = [path for path in modules("apps") if path.parent.name == "domain" and path.name != "__init__.py"]
    untested = {str(path) for path in [*mechanism, *policy] if not _test_of(path).is_file()}

    assert untested == set(TESTED_ELSEWHERE)


def _has_source(test: Path) -> bool:
    source = ROOT / test.relative_to("tests").with_name(test.name.removeprefix("test_"))
    return source.is_file() or source.with_suffix("").is_dir()


def _test_of(source: Path) -> Path:
    return ROOT / "tests" / source.with_name(f"test_{source.name}")
