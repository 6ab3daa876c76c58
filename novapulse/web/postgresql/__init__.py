"""Django's backend for PostgreSQL, guarded: `ENGINE = "novapulse.web.postgresql"`."""
