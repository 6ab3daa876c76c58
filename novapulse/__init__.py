"""The platform library: mechanism without a business word."""
