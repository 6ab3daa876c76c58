"""The settings. Before any is read stands how a value is found that is encrypted, or lies elsewhere."""

from config.settings import vault

__all__ = ["vault"]
