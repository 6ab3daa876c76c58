"""Requests to addresses that strangers have written down: none of them reaches our own network."""
