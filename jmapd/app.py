"""Puts the parts together: the one place that knows them all."""

import hashlib
from dataclasses import fields
from pathlib import Path

from jmapd import datatypes
from jmapd.auth.basic import Basic
from jmapd.auth.throttle import Throttle
from jmapd.auth.ticket import Tickets
from jmapd.auth.users_file import UsersFile
from jmapd.config import Config, ConfigError, flat
from jmapd.datatypes.submission.extensions import announced
from jmapd.http.cors import Cors
from jmapd.http.gates import Gate
from jmapd.http.metrics import Metrics
from jmapd.http.proxies import Networks, Proxies
from jmapd.http.routes import Application
from jmapd.http.site import Site
from jmapd.methods.context import Limits
from jmapd.methods.registry import Registry
from jmapd.places import check_places, prepare_state_dir
from jmapd.protocol.accounts import Accounts, account_id
from jmapd.push.events import Events
from jmapd.push.follower import Views
from jmapd.push.states import so_far
from jmapd.push.vapid import Vapid
from jmapd.stores.push_subscriptions import PushSubscriptionStore, SubscriptionFile
from jmapd.wire import Record

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def make_app(config: Config) -> Application:
    """The WSGI callable. Raises ConfigError, naming the option, when it could not serve."""
    prepare_state_dir(config)
    users = UsersFile(config.paths.users_file)
    check_places(config, users.users())
    state_dir = Path(config.paths.state_dir)
    registry = datatypes.REGISTRY
    auth = config.auth
    try:
        throttle = Throttle(
            state_dir / ".throttle", auth.failures_per_address, auth.failures_per_user, auth.seconds_per_failure
        )
        vapid = Vapid(state_dir, config.push.contact)
        tickets = Tickets(state_dir, users.users)
        metrics = Metrics(state_dir, registry) if config.metrics.enabled else None
    except OSError as error:
        raise ConfigError(f"paths.state_dir: {error.filename or state_dir}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"paths.state_dir: {error}") from None
    limits = limits_of(config, vapid.public)
    accounts = Accounts(config, users.users)
    events = Events(
        state_dir,
        pushed_types(registry),
        accounts_of(accounts, users),
        lambda user: credential(users, user),
        config.push.max_connections,
        config.push.max_connections_per_user,
    )

    def push_subscriptions(user: str, known: Record) -> PushSubscriptionStore:
        file = SubscriptionFile(state_dir, account_id(user), user)
        most = config.push.max_subscriptions_per_user
        return PushSubscriptionStore(file, credential(users, user) or "", vapid.public, most, known)

    return Application(
        Site(
            config=config,
            limits=limits,
            options=flat(config),
            accounts=accounts,
            registry=registry,
            basic=Basic(users, throttle, auth.cache_seconds),
            proxies=Proxies(config.server.base_url, config.server.trusted_proxies),
            metrics=metrics,
            metrics_readers=Networks(config.metrics.allow),
            requests=Gate("maxConcurrentRequests", limits.max_concurrent_requests),
            uploads=Gate("maxConcurrentUpload", limits.max_concurrent_upload),
            events=events,
            tickets=tickets,
            cors=Cors(config.server.cors_origins),
            push_subscriptions=push_subscriptions,
            so_far=lambda user: so_far(accounts_of(accounts, users)(user), pushed_types(registry)),
        )
    )


def limits_of(config: Config, application_server_key: str = "") -> Limits:
    """What the Session tells of limits."""
    sending = config.submission
    extensions = announced(sending.extensions, sending.max_delayed_send, sending.max_size)
    given = vars(config.limits) | {
        "application_server_key": application_server_key,
        "max_delayed_send": sending.max_delayed_send,
        "submission_extensions": tuple(" ".join([name, *arguments]) for name, arguments in extensions.items()),
    }
    return Limits(**{row.name: given[row.name] for row in fields(Limits)})


def pushed_types(registry: Registry) -> dict[str, str]:
    """The types whose states are pushed (RFC 8620 7.1), and the store that has each."""
    every = registry.datatypes.items()
    return {name: each.store for name, each in every if each.per_account and "changes" in each.methods}


def accounts_of(accounts: Accounts, users: UsersFile) -> Views:
    """What a user sees, nothing when he is no user any more."""
    return lambda user: accounts.for_user(user) if user in users.users() else {}


def credential(users: UsersFile, user: str) -> str | None:
    """What stands for the password that a user has now; None where there is no such user."""
    stored = users.users().get(user)
    return None if stored is None else hashlib.sha256(stored.encode()).hexdigest()[:32]
