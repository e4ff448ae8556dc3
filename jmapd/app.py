"""Puts the parts together: the one place that knows them all."""

import os
import pwd
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from jmapd import datatypes
from jmapd.auth.basic import Basic
from jmapd.auth.throttle import Throttle
from jmapd.auth.users_file import UsersFile
from jmapd.config import Config, ConfigError, options, user_path
from jmapd.http.gates import Gate
from jmapd.http.metrics import Metrics
from jmapd.http.proxies import Networks, Proxies
from jmapd.http.routes import Application
from jmapd.http.site import Site
from jmapd.methods.context import Limits
from jmapd.methods.registry import methods
from jmapd.protocol.accounts import Accounts

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def make_app(config: Config) -> Application:
    """The WSGI callable. Raises ConfigError, naming the option, when it could not serve."""
    prepare_state_dir(config)
    users = UsersFile(config.paths.users_file)
    check_places(config, users.users())
    state_dir = Path(config.paths.state_dir)
    registry = methods(datatypes.ALL)
    auth = config.auth
    try:
        throttle = Throttle(
            state_dir / ".throttle", auth.failures_per_address, auth.failures_per_user, auth.seconds_per_failure
        )
        metrics = Metrics(state_dir, registry) if config.metrics.enabled else None
    except OSError as error:
        raise ConfigError(f"paths.state_dir: {error.filename or state_dir}: {error.strerror}") from None
    limits = Limits(**{row.name: getattr(config.limits, row.name) for row in fields(Limits)})
    return Application(
        Site(
            config=config,
            limits=limits,
            options=flat(config),
            accounts=Accounts(config),
            registry=registry,
            basic=Basic(users, throttle, auth.cache_seconds),
            proxies=Proxies(config.server.base_url, config.server.trusted_proxies),
            metrics=metrics,
            metrics_readers=Networks(config.metrics.allow),
            requests=Gate("maxConcurrentRequests", limits.max_concurrent_requests),
            uploads=Gate("maxConcurrentUpload", limits.max_concurrent_upload),
        )
    )


def flat(config: Config) -> dict[str, Any]:
    """All options by "section.name", as data types read them."""
    return {f"{row.section}.{row.name}": getattr(getattr(config, row.section), row.name) for row in options()}


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
    """Raises ConfigError for two users with one folder, and for state inside of mail or mail inside of state."""
    state = Path(config.paths.state_dir).resolve()
    for name in ("mail", "contacts", "calendars"):
        template, owners = getattr(config.paths, name), dict[Path, str]()
        for user in users:
            try:
                path = user_path(template, user)
            except ConfigError:
                continue  # of this user nothing is served
            if path is None:
                break
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
