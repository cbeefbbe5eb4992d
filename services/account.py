"""The user that a server runs as if it refuses to run as root."""

import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path

from services.errors import ServiceError

NAMES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A user and group of this system, by number."""

    user: int
    group: int


def unprivileged() -> Account | None:
    """Return the account to switch to, or None if this process is not root."""
    if os.geteuid() != 0:
        return None
    for name in NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServiceError(f"users: none of {', '.join(NAMES)} exists and PostgreSQL refuses root; run as another user")


def temporary_folder(name: str, account: Account | None) -> Path:
    """Create an empty folder that `account`, or the current user, owns and can access."""
    if account is None:
        return Path(tempfile.mkdtemp(prefix=f"doge-{name}-"))
    for base in (tempfile.gettempdir(), "/var/tmp", "/tmp"):
        if _is_accessible_to_everyone(Path(base)):
            folder = Path(tempfile.mkdtemp(prefix=f"doge-{name}-", dir=base))
            os.chown(folder, account.user, account.group)
            return folder
    raise ServiceError(f"{tempfile.gettempdir()}: other users cannot access it; set TMPDIR to a folder that they can")


def _is_accessible_to_everyone(folder: Path) -> bool:
    resolved = folder.resolve()
    return all(path.is_dir() and path.stat().st_mode & 0o001 for path in (resolved, *resolved.parents))
