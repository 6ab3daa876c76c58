"""The local servers: real MongoDB, Redis, PostgreSQL and an AWS endpoint out of Python wheels, no Docker.

Importing this package is cheap; the drivers are imported by `novapulse.local.stack`.
"""

from novapulse.local.state import known_urls

__all__ = ["known_urls"]
