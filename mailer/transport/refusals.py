"""Why a relay would not let us in, in sentences that say what to do. Never tells a login or a password."""

import os
import socket
import ssl

import aiosmtplib

from mailer.config import Smtp
from mailer.errors import RelayError, RelayRefuses, RelayUnreachable
from mailer.language import N_

NO_SUCH_HOST = N_("No machine is called {host}. Check smtp.host in config.toml.")
NOT_REACHED = N_(
    "The relay {host}:{port} cannot be reached ({reason})."
    " Check that it runs, and smtp.host and smtp.port in config.toml."
)
NO_ANSWER = N_(
    "The relay {host}:{port} did not answer within {seconds} s. Check smtp.port and smtp.security in config.toml"
    " (465 goes with tls, 587 with starttls), or try again later."
)
HUNG_UP = N_("The relay {host}:{port} hung up before it took a letter. Try again later, or ask its operator.")
NOT_NOW = N_("The relay {host}:{port} takes no letter from us now; it said: {code} {words}")
WRONG_LOGIN = N_(
    "The relay {host}:{port} refuses our login; it said: {code} {words}."
    " Check smtp.username in config.toml and MAILER_SMTP__PASSWORD."
)
NO_LOGIN = N_(
    "The relay {host}:{port} offers no login that we know. Check smtp.security in config.toml (many relays offer it"
    " only with starttls or tls), or leave smtp.username out."
)
NO_STARTTLS = N_(
    "The relay {host}:{port} does not offer STARTTLS. Check smtp.port and smtp.security in config.toml"
    " (465 goes with tls; none only for a relay on this machine)."
)
NO_TLS = N_(
    "The relay {host}:{port} does not speak TLS as smtp.security in config.toml asks ({reason})."
    " 465 goes with tls, 587 with starttls."
)
BAD_CERTIFICATE = N_(
    "The certificate of {host}:{port} cannot be trusted ({reason}), so nothing was sent. Check that smtp.host in"
    " config.toml is the name that the certificate bears, or add its authority to this system's."
)
NOT_SMTP = N_("What answers at {host}:{port} is no mail server. Check smtp.host and smtp.port in config.toml.")


def why_not(error: Exception, settings: Smtp, otherwise: str) -> RelayError:
    """What to tell of `error`; `otherwise` is the sentence where it says only that something is not offered."""
    cause = error.__cause__ if isinstance(error, aiosmtplib.SMTPConnectError) and error.__cause__ else error
    code = getattr(cause, "code", None)
    if code == aiosmtplib.SMTPStatus.invalid_response:
        return RelayRefuses(NOT_SMTP, host=settings.host, port=settings.port)
    kind, sentence = _tell(cause) or (RelayRefuses, otherwise)
    return kind(
        sentence,
        host=settings.host,
        port=settings.port,
        seconds=settings.timeout_s,
        code=code,
        words=" ".join(str(getattr(cause, "message", "")).split()).rstrip("."),
        reason=_reason(cause),
    )


def _tell(cause: BaseException) -> tuple[type[RelayError], str] | None:
    return next(((kind, sentence) for error, kind, sentence in _TOLD if isinstance(cause, error)), None)


def _reason(cause: BaseException) -> str:
    if told := getattr(cause, "verify_message", None) or getattr(cause, "reason", None):
        return str(told)
    number = getattr(cause, "errno", None)
    return os.strerror(number) if number else str(cause)


# The first that fits: most of these are kinds of OSError.
_TOLD: tuple[tuple[type[Exception], type[RelayError], str], ...] = (
    (ssl.SSLCertVerificationError, RelayRefuses, BAD_CERTIFICATE),
    (ssl.SSLError, RelayRefuses, NO_TLS),
    (aiosmtplib.SMTPAuthenticationError, RelayRefuses, WRONG_LOGIN),
    (aiosmtplib.SMTPResponseException, RelayRefuses, NOT_NOW),
    (socket.gaierror, RelayUnreachable, NO_SUCH_HOST),
    (UnicodeError, RelayUnreachable, NO_SUCH_HOST),
    (TimeoutError, RelayUnreachable, NO_ANSWER),
    (aiosmtplib.SMTPServerDisconnected, RelayUnreachable, HUNG_UP),
    (OSError, RelayUnreachable, NOT_REACHED),
)
