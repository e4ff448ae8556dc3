"""Puts the parts together: the one place that knows them all."""

from dataclasses import fields
from pathlib import Path

from jmapd import datatypes
from jmapd.auth.basic import Basic
from jmapd.auth.throttle import Throttle
from jmapd.auth.users_file import UsersFile
from jmapd.config import Config, ConfigError, flat
from jmapd.datatypes.submission.extensions import announced
from jmapd.http.gates import Gate
from jmapd.http.metrics import Metrics
from jmapd.http.proxies import Networks, Proxies
from jmapd.http.routes import Application
from jmapd.http.site import Site
from jmapd.methods.context import Limits
from jmapd.methods.registry import methods
from jmapd.places import check_places, prepare_state_dir
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
    limits = limits_of(config)
    return Application(
        Site(
            config=config,
            limits=limits,
            options=flat(config),
            accounts=Accounts(config, users.users),
            registry=registry,
            basic=Basic(users, throttle, auth.cache_seconds),
            proxies=Proxies(config.server.base_url, config.server.trusted_proxies),
            metrics=metrics,
            metrics_readers=Networks(config.metrics.allow),
            requests=Gate("maxConcurrentRequests", limits.max_concurrent_requests),
            uploads=Gate("maxConcurrentUpload", limits.max_concurrent_upload),
        )
    )


def limits_of(config: Config) -> Limits:
    """What the Session tells of limits."""
    sending = config.submission
    extensions = announced(sending.extensions, sending.max_delayed_send, sending.max_size)
    given = vars(config.limits) | {
        "max_delayed_send": sending.max_delayed_send,
        "submission_extensions": tuple(" ".join([name, *arguments]) for name, arguments in extensions.items()),
    }
    return Limits(**{row.name: given[row.name] for row in fields(Limits)})
