"""Trouble with local servers; each error's text is the whole sentence that a person needs."""


class LocalServiceError(Exception):
    """A local server could not be installed, started or reached."""


class NotReadyError(Exception):
    """The server does not answer as it should yet; asking again soon may help."""
