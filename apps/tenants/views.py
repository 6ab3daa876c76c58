"""The company of whoever asks."""
# ruff: noqa: ARG002  every handler is given the request

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.tenants.api import CompanyRecord, present
from apps.tenants.domain import companies, company_changes, usage
from apps.tenants.domain.company_changes import Wanted
from apps.tenants.errors import SecondFactorMissing
from apps.tenants.serializers import Company, CompanyChange, CompanyUsage
from novapulse import context
from novapulse.tenancy import scope
from novapulse.web import etag, rendering
from novapulse.web.cost import Cost
from novapulse.web.refusals import PreconditionFailed
from novapulse.web.view import ApiView, Operation

if TYPE_CHECKING:
    from bson import ObjectId
    from django.http import HttpRequest, HttpResponse

    from novapulse.gate.decision import Usage


class CompanyView(ApiView):
    """One's own company: there is no way to name another."""

    operations = {
        "GET": Operation("Read your company", "company.read", cost=Cost.READ, answer=Company),
        "PATCH": Operation(
            "Change your company",
            "company.update",
            cost=Cost.WRITE,
            answer=Company,
            body=CompanyChange,
            partial=True,
            conditional=True,
            problems=(SecondFactorMissing,),
        ),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it, or say that it is as it was."""
        record = companies.company(scope.current().company_id)
        if etag.unchanged(request, version=record.version):
            return etag.not_modified(record.version)
        return _shown(record)

    def patch(self, request: HttpRequest) -> HttpResponse:
        """Change what the body names."""
        company_id = scope.current().company_id
        if not self.body:
            return self._as_it_is(company_id)
        record = company_changes.change(
            company_id, wanted=Wanted(**self.body), version=self.expected_version, by=context.principal()
        )
        if record is None:
            raise PreconditionFailed
        return _shown(record)

    def _as_it_is(self, company_id: ObjectId) -> HttpResponse:
        record = companies.company(company_id)
        if record.version != self.expected_version:
            raise PreconditionFailed
        return _shown(record)


class CompanyUsageView(ApiView):
    """The limits of one's own company."""

    operations = {
        "GET": Operation(
            "Read how far your company has used its limits", "company.read", cost=Cost.READ, answer=CompanyUsage
        ),
    }

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show each limit and what is left of it, this request counted."""
        company = companies.company(scope.current().company_id)
        found: Usage = request.gate.usage  # type: ignore[attr-defined]  # TokenRevocationMiddleware has put it there
        return rendering.answer(usage.present(found, company=company))


def _shown(record: CompanyRecord) -> HttpResponse:
    return rendering.answer(present(record), headers={"ETag": etag.of(record.version)})
