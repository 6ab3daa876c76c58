"""The front door of the staff app: what other apps may ask about staff, which is nothing so far."""
