"""Every command on tenant data names its company: scoped at the driver, so that no path leads around it.

`scope` says which company; `client`, `database` and `collection` are PyMongo's classes that obey it; `document` is
MongoEngine on top of them; `guard` counts what should never happen.
"""
