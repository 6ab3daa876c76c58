"""Staff are Django's own users; this is what we keep besides, in PostgreSQL as they are."""

from django.db import models


class SignInTries(models.Model):
    """How often somebody has tried to sign in without success, as an account or from an address, since when."""

    key = models.CharField(max_length=300, primary_key=True)
    tries = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()

    class Meta:
        verbose_name = "sign-in tries"
        verbose_name_plural = "sign-in tries"
        default_permissions = ()

    def __str__(self) -> str:
        """Say of whom."""
        return self.key
