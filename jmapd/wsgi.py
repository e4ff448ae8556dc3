"""What gunicorn loads: `JMAPD_CONFIG=FILE gunicorn -c etc/gunicorn.conf.py jmapd.wsgi:application`."""

import logging
import logging.handlers
import os
import resource
import sys
from dataclasses import replace

from jmapd.app import LOG_FORMAT, make_app
from jmapd.config import Config, ConfigError, load
from jmapd.http.routes import Application

log = logging.getLogger(__name__)

SPARE_FILES = 500  # for what is no listener


def start_logging(config: Config) -> None:
    """Sends what jmapd logs to the configured file or standard error. Raises ConfigError."""
    handler: logging.Handler = logging.StreamHandler()
    if config.log.file:
        try:
            # Opened again after logrotate has moved it away.
            handler = logging.handlers.WatchedFileHandler(config.log.file, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"log.file: {config.log.file}: {error.strerror}") from None
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    logger = logging.getLogger("jmapd")
    logger.handlers[:] = [handler]
    logger.setLevel(config.log.level.upper())
    logger.propagate = False


def within_limits(config: Config) -> Config:
    """Each connection that is kept open is a file descriptor: with as many as there can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = config.push.max_connections + SPARE_FILES
    if hard == resource.RLIM_INFINITY or hard >= wanted:
        return config
    most = max(1, hard - SPARE_FILES)
    log.warning(
        "%d files may be open (ulimit -n, LimitNOFILE) but push.max_connections = %d needs %d: beyond %d"
        " connections clients are sent away",
        hard,
        config.push.max_connections,
        wanted,
        most,
    )
    return replace(config, push=replace(config.push, max_connections=most))


def start() -> Application:
    """The application of the file that JMAPD_CONFIG names; without a usable one the process ends with the reason."""
    path = os.environ.get("JMAPD_CONFIG")
    if not path:
        sys.exit("jmapd: JMAPD_CONFIG must name the configuration file, as /etc/jmapd/jmapd.toml")
    try:
        config = load(path)
        start_logging(config)
        return make_app(within_limits(config))
    except ConfigError as error:
        sys.exit(f"jmapd: {error}")


application = start()
