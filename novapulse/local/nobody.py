"""PostgreSQL refuses to run as root: the account it gets instead, and a place that this account can reach."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from novapulse.local.errors import LocalServiceError
from novapulse.local.service import Account

# Inside the local folder: a link to the folder elsewhere that holds what `nobody` must reach.
OUTSIDE_LINK = "outside"
_OPEN_TO_ALL = 0o755


def server_account() -> Account | None:
    """Return the account for a server that refuses root: `nobody` when we are root, else None (our own)."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def can_reach(account: Account, path: Path) -> bool:
    """Ask the kernel, as that account, whether `path` can be entered or run: modes, mounts and ACLs all count."""
    asked = subprocess.run(  # noqa: S603  a fixed program with one path of ours
        ["/usr/bin/test", "-x", str(path)],
        check=False,
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
    )
    return asked.returncode == 0


def outside_folder(folder: Path, *, account: Account) -> Path:
    """Return the folder outside `folder` that the account can reach, made anew when `folder` knows none.

    Its name is unguessable (the parent is writable to all), and only the link inside `folder` leads to it: whoever
    deletes the local folder starts afresh, and what was left elsewhere is swept away.
    Raises LocalServiceError when no folder for temporary files is open to the account.
    """
    link = folder / OUTSIDE_LINK
    if link.is_dir():
        return link.resolve()
    parent = _open_parent(account)
    prefix = f"novapulse-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}-"
    for stale in parent.glob(f"{prefix}*"):
        shutil.rmtree(stale, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    made.chmod(_OPEN_TO_ALL)
    link.unlink(missing_ok=True)
    link.symlink_to(made)
    return made


def _open_parent(account: Account) -> Path:
    for parent in (Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108  mkdtemp picks the name below it
        if parent.is_dir() and can_reach(account, parent):
            return parent
    raise LocalServiceError(
        "PostgreSQL must run as nobody, and neither /var/tmp nor the folder for temporary files is open to it."
    )


def remove(folder: Path) -> None:
    """Delete a local folder with everything in it and what it keeps elsewhere. Its servers must have stopped."""
    link = folder / OUTSIDE_LINK
    if link.is_symlink():
        shutil.rmtree(link.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
