"""The user a server runs as, for a server that refuses to run as root."""

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
    """Return the account to step down to, or None where this process is not root anyway."""
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
    """Make an empty folder that `account`, or this user, owns and can reach."""
    if account is None:
        return Path(tempfile.mkdtemp(prefix=f"doge-{name}-"))
    for base in (tempfile.gettempdir(), "/var/tmp", "/tmp"):
        if _everyone_may_enter(Path(base)):
            folder = Path(tempfile.mkdtemp(prefix=f"doge-{name}-", dir=base))
            os.chown(folder, account.user, account.group)
            return folder
    raise ServiceError(f"{tempfile.gettempdir()}: other users may not enter it; set TMPDIR to a folder they may enter")


def _everyone_may_enter(folder: Path) -> bool:
    resolved = folder.resolve()
    return all(path.is_dir() and path.stat().st_mode & 0o001 for path in (resolved, *resolved.parents))
