"""What can go wrong with projects, tasks and comments."""

from __future__ import annotations

from novapulse.errors import Conflict, Denied, FieldError, Invalid, NotFound, Trouble


class UnknownProject(Invalid):
    """There is no such project."""

    code = "unknown-project"

    def __init__(self) -> None:
        """Point at the field."""
        super().__init__(fields=(FieldError("/project_id", self.code, "No project of this company has this id."),))


class UnknownMember(Invalid):
    """There is no such member."""

    code = "unknown-member"

    def __init__(self) -> None:
        """Point at the field."""
        super().__init__(
            fields=(FieldError("/assignee_id", self.code, "No active member of this company has this id."),)
        )


class ProjectArchived(Conflict):
    """The project is archived and takes no new tasks; make it active first."""

    code = "project-archived"


class ProjectNotEmpty(Conflict):
    """The project has tasks; delete them first, or archive the project instead."""

    code = "project-not-empty"


class ProjectKeyTaken(Conflict):
    """Another project of this company has this key."""

    code = "project-key-taken"

    def __init__(self) -> None:
        """Point at the field."""
        super().__init__(fields=(FieldError("/key", self.code, "Choose another key."),))


class ExternalKeyTaken(Conflict):
    """Another task of this project has this external_key."""

    code = "external-key-taken"

    def __init__(self) -> None:
        """Point at the field."""
        super().__init__(fields=(FieldError("/external_key", self.code, "Another task of the project has it."),))


class NotYourComment(Denied):
    """Only its author may change a comment."""

    code = "not-your-comment"


class UnreadableFile(Invalid):
    """The file is not CSV in UTF-8 whose header names a key and a title."""

    code = "unreadable-file"


class UnknownProjectKey(NotFound):
    """The company has no project with this key."""

    code = "unknown-project-key"


class TooManyJobs(Conflict):
    """Your company has too many jobs that are not done; wait for some of them."""

    code = "too-many-jobs"


class NotAllowedAnyMore(Denied):
    """Whoever asked for this may not do so any more, or nobody of the company may; what was done by then stays."""

    code = "not-allowed-any-more"


class GaveUp(Trouble):
    """It was tried many times and never came to its end; ask for it again, or ask us."""

    code = "gave-up"


class NoResult(NotFound):
    """The job has nothing to download: it is not done, has failed, is of another kind, or its file has expired."""

    code = "no-result"


class ExportTooLarge(Invalid):
    """The export is larger than what we keep; narrow it, such as to one project."""

    code = "export-too-large"


class CompanyNotActive(Conflict):
    """The company is not active; only one that is takes an import."""

    code = "company-not-active"


class CompanyNotEmpty(Conflict):
    """The company has projects; what was exported is imported into an empty one."""

    code = "company-not-empty"


class BrokenArchive(Invalid):
    """The file is not a company's whole export, or not as it was written."""

    code = "broken-archive"
