"""The folders that a configuration names: can they be used, and do they lie apart?"""

import os
import pwd
from collections.abc import Callable, Iterable
from pathlib import Path

from jmapd.config import Config, ConfigError, account_names, calendars_folder, contacts_folder, maildir


def prepare_state_dir(config: Config) -> None:
    """Makes the folder for index and uploads when it is not there. Raises ConfigError when it cannot be used."""
    path = Path(config.paths.state_dir)
    if not config.paths.state_dir:
        raise ConfigError("paths.state_dir: must be given")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = path.stat().st_uid
    except FileExistsError:
        raise ConfigError(f"paths.state_dir: {path} is no folder") from None
    except OSError as error:
        raise ConfigError(f"paths.state_dir: {path}: {error.strerror}; {ourselves()}") from None
    if owner != os.geteuid() and os.geteuid() == 0:
        # Files made by root could not be written by the service afterwards.
        raise ConfigError(f"paths.state_dir: {path} belongs to {user_name(owner)}; run this as that user, not as root")
    probe = path / f".probe-{os.getpid()}"
    try:
        with probe.open("wb") as file:
            file.write(b"\0")
            file.flush()
    except OSError as error:
        reason = f"{error.strerror}; it belongs to {user_name(owner)}; {ourselves()}"
        raise ConfigError(f"paths.state_dir: {path}: {reason}") from None
    finally:
        if os.access(path, os.W_OK):
            probe.unlink(missing_ok=True)


def check_places(config: Config, users: Iterable[str]) -> None:
    """Raises ConfigError for two accounts with one folder, and for state inside of mail or mail inside of state."""
    users, state = list(users), Path(config.paths.state_dir).resolve()
    if config.vacation.method == "sieve" and not config.vacation.sieve_folder:
        raise ConfigError("vacation.sieve_folder: must be given with vacation.method sieve")
    folders: dict[str, Callable[[str], Path | None]] = {
        "mail": lambda account: maildir(config, account),
        "contacts": lambda account: contacts_folder(config, account),
        "calendars": lambda account: calendars_folder(config, account),
    }
    for name, folder in folders.items():
        owners = dict[Path, str]()
        for user in account_names(config, users):
            try:
                path = folder(user)
            except ConfigError as error:
                if user in users or name != "mail":
                    continue  # of this user nothing is served
                raise ConfigError(f"accounts.shared: {user} needs a path in accounts.mail: {error}") from None
            if path is None:
                continue
            path = path.resolve()
            if path.is_relative_to(state) or state.is_relative_to(path):
                raise ConfigError(f"paths.{name}: {path} of user {user} and paths.state_dir {state} must lie apart")
            if path in owners:
                raise ConfigError(f"paths.{name}: users {owners[path]} and {user} both have {path}; use {{user}} in it")
            owners[path] = user


def ourselves() -> str:
    return f"jmapd runs as {user_name(os.geteuid())}"


def user_name(uid: int) -> str:
    """A system user as people know him."""
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"
