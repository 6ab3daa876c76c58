"""The platform library: mechanism without a business word."""

__version__ = "0.1.0"
