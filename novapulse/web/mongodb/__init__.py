"""Django's backend for MongoDB, for reading alone: `ENGINE = "novapulse.web.mongodb"`."""
