"""What can go wrong with projects, tasks and comments."""

from __future__ import annotations

from novapulse.errors import Conflict, Denied, FieldError, Invalid, NotFound


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
    """The file is not an issue-tracker export."""

    code = "unreadable-file"


class UnknownProjectKey(NotFound):
    """The company has no project with this key."""

    code = "unknown-project-key"
