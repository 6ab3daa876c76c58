"""How dates are written on pages for staff: Django would take the ways of the language."""
