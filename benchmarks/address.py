"""Where a benchmark finds MongoDB: at the address on its command line, or where the settings say."""

from __future__ import annotations

import argparse
import os

from django.conf import settings


def mongo_uri(description: str | None) -> str:
    """Give the address of a MongoDB replica set, for a program with this description."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("uri", nargs="?", help="the address of a MongoDB replica set; by default that of the settings")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")  # noqa: TID251  a script chooses its settings
    return parser.parse_args().uri or str(settings.MONGO_URI)
