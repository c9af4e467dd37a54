"""All settings, read from the environment: docs/operations.md lists every one of them.

Without any, the site runs on SQLite and an in-memory channel layer, for one process on this machine. A variable that
is set but makes no sense stops the start, and the message names it.
"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = Env(prefix="")


def secret_key() -> str:
    """SECRET_KEY, or one made once and kept in var/, readable by its owner alone."""
    given: str = env.str("SECRET_KEY", "")
    if given:
        return given
    path = VAR_DIR / "secret_key"
    VAR_DIR.mkdir(exist_ok=True)
    try:
        # O_EXCL: two processes that start together agree on the file of whoever was first.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_urlsafe(64))
    return key


def database(url: str) -> dict[str, Any]:
    """Django's settings for a DATABASE_URL: SQLite for one machine, PostgreSQL for everything else."""
    config: dict[str, Any] = dict(dj_database_url.parse(url))
    match config.get("ENGINE"):
        case "django.db.backends.sqlite3":
            config["OPTIONS"] = {
                # A transaction takes the write lock when it begins: one that reads first and writes later would fail.
                "transaction_mode": "IMMEDIATE",
                "timeout": 5,
                # FULL: an acknowledged pixel survives a power cut, not only a crash.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            }
        case "django.db.backends.postgresql":
            # Who finds no connection within 3 s is told so. And a pool that has tried in vain for 2 s starts over with
            # the next who asks: its pauses double, and after a long outage it would sleep on when the server is back.
            pool = {
                "min_size": 1,
                "max_size": env.int("DATABASE_POOL", 16),
                "timeout": 3,
                "reconnect_timeout": 2,
            }
            # A process that stands still (frozen, swapped out, cut off) must not hold a board's row for ever, and who
            # waits for that row is to say `busy` rather than nothing. Imports and repairs ask for more time.
            limits = "-c idle_in_transaction_session_timeout=5s -c lock_timeout=5s"
            config["OPTIONS"] = {"options": limits, **config.get("OPTIONS", {}), "pool": pool}
            config["CONN_MAX_AGE"] = 0  # the pool keeps the connections
            config["CONN_HEALTH_CHECKS"] = True  # and asks before it hands one out: the server may have restarted
        case _:
            raise ImproperlyConfigured(
                f"DATABASE_URL must begin with sqlite:/// or postgres://, not {url.split(':')[0]}://"
            )
    return config


def channel_layers(url: str) -> dict[str, Any]:
    """Redis between processes, or memory inside one."""
    if not url:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    if urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(f"REDIS_URL must begin with redis://, rediss:// or unix://, not {url!r}.")
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [url], "prefix": env.str("REDIS_PREFIX", "placesite")},
        }
    }


def host_of(url: str) -> str:
    host = urlsplit(url).hostname
    if not host or urlsplit(url).scheme not in ("http", "https"):
        raise ImproperlyConfigured(f"PUBLIC_URL must be like https://place.example.org, not {url!r}.")
    return host


DEBUG = env.bool("DEBUG", False)
SECRET_KEY = secret_key()

# Where players find the site. Hosts, origins and cookies follow from it, so that it is said once.
PUBLIC_URL = env.str("PUBLIC_URL", "").rstrip("/")
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [host_of(PUBLIC_URL)] if PUBLIC_URL else LOCAL_HOSTS)
# A site that names hosts of its own is public, and a public site is behind TLS unless it says that it is not.
HTTPS = env.bool(
    "HTTPS", PUBLIC_URL.startswith("https:") if PUBLIC_URL else not set(ALLOWED_HOSTS) <= {*LOCAL_HOSTS, "*"}
)
CSRF_TRUSTED_ORIGINS = env.list("TRUSTED_ORIGINS", [PUBLIC_URL] if PUBLIC_URL else [])
# How many proxies of ours stand in front: so many entries at the right of X-Forwarded-For are to be believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0, max=10))

INSTALLED_APPS = [
    "canvas",  # first: its runserver has our server
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "ninja",  # for its own copy of the API page's scripts: no page asks a third party for anything
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "placesite.urls"
ASGI_APPLICATION = "placesite.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

VAR_DIR.mkdir(exist_ok=True)
DATABASES = {"default": database(env.str("DATABASE_URL", "") or f"sqlite:///{VAR_DIR / 'placesite.sqlite3'}")}
CHANNEL_LAYERS = channel_layers(env.str("REDIS_URL", ""))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "placesite.static.ModuleManifestStorage"},
}

# Already small, or fetched by nobody but a developer's tools.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("png", "webp", "jpg", "gif", "woff", "woff2", "gz", "br", "zst", "map")

# Security. Everything that depends on TLS follows from HTTPS.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # load balancers ask in plain HTTP, from inside
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        # 'self' covers the socket of the same host and port in every browser of today.
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# The engine. What each number bounds, and what happens at the bound, stands where it is used.
TICK_MS = env.int("TICK_MS", 100, validate=validate.Range(min=10, max=10_000))
POLL_SECONDS = env.float("POLL_SECONDS", 1.0, validate=validate.Range(min=0.05, max=60))
HEARTBEAT_SECONDS = env.float("HEARTBEAT_SECONDS", 20.0, validate=validate.Range(min=0.1, max=30))
QUEUE_SIZE = env.int("QUEUE_SIZE", 5_000, validate=validate.Range(min=1))
BATCH_SIZE = env.int("BATCH_SIZE", 500, validate=validate.Range(min=1, max=5_000))
COMMIT_MS = env.int("COMMIT_MS", 25, validate=validate.Range(min=0, max=1_000))
RING_SECONDS = env.float("RING_SECONDS", 900.0, validate=validate.Range(min=1))
RING_SIZE = env.int("RING_SIZE", 1_000_000, validate=validate.Range(min=1))
MAX_SOCKETS = env.int("MAX_SOCKETS", 15_000, validate=validate.Range(min=1))
HANDSHAKES_PER_SECOND = env.int("HANDSHAKES_PER_SECOND", 500, validate=validate.Range(min=1))
MAX_BUFFERED_BYTES = env.int("MAX_BUFFERED_BYTES", 1_048_576, validate=validate.Range(min=65_536))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO").upper()},
    "loggers": {
        "daphne": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # a client's mistakes are answered, not logged
    },
}
