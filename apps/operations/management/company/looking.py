"""`manage.py company list|show`: what companies there are, and one of them."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.table import Table

from apps.audit import api as audit_api
from apps.audit.api import Action, Entry
from apps.operations.management.company import answers
from apps.operations.management.company.answers import Act, Answer
from apps.tenants import api as tenants_api
from apps.tenants.api import CompanyStatus
from novapulse.tables import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def _list(_options: Mapping[str, Any]) -> Answer:
    audit_api.note([Entry(Action.OPERATOR_READ, "companies", kind="list", home=audit_api.PLATFORM)])
    found = [*tenants_api.every_company(), *tenants_api.tombstones()]
    table = Table("Slug", "Name", "Country", "Status", "Plan", "Limits", box=None, pad_edge=False)
    for each in found:
        row = (each.slug, answers.printable(each.name), each.country, each.status.word, each.plan)
        table.add_row(*row, answers.figures_of(each))
    counts = Counter(each.status.word for each in found)
    words = [each.word for each in CompanyStatus if each is not CompanyStatus.ACTIVE and counts[each.word]]
    rest = "".join(f", {counts[word]} {word}" for word in words)
    return Answer(f"{as_text(table)}{len(found)} companies{rest}.", [answers.shown(each) for each in found])


def _show(options: Mapping[str, Any]) -> Answer:
    company = tenants_api.company_named(options["slug"])
    audit_api.note([Entry(Action.OPERATOR_READ, company.id, kind="company", home=company.home)])
    data = answers.shown(company)
    table = Table("Field", "Value", box=None, pad_edge=False)
    for name, value in data.items():
        table.add_row(name, answers.printable(_in_words(value)))
    return Answer(f"{as_text(table)}{answers.named(company)} may use {answers.may(company)}.", data)


def _in_words(value: object) -> str:
    """Show a value to a person: text as it is, figures beside their names, and a dash for nothing."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_words(each)}" for name, each in value.items()) or "-"
    return value if isinstance(value, str) else json.dumps(value)


ACTS: Mapping[str, Act] = {
    "list": Act("List all companies with their states, plans and limits.", _list),
    "show": Act("Show one company.", _show, answers.slug),
}
