"""What pages for platform staff stand on: Django's admin, which reads MongoDB and acts through domains."""
