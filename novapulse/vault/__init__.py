"""Values of settings that do not lie readable in the environment: encrypted there, or kept by AWS (docs/secrets.md)."""
