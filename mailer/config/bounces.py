"""[bounces]: how patient we are with mailboxes that do not answer, when an alarm rings, where returns are fetched."""

from typing import Literal

from pydantic import Field, SecretStr

from mailer.config.toml import Section


class Mailbox(Section):
    """The mailbox that returns come to, read over IMAP. Nothing is fetched while no host is named."""

    host: str = ""
    port: int = Field(993, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: SecretStr = SecretStr("")
    folder: str = "INBOX"
    done: str = "Returns"
    """Where understood messages are moved to; empty: they stay, marked as read."""
    timeout_s: float = Field(60, gt=0)


class Bounces(Section):
    """The policy for addresses whose letters come back (docs/fr/retours.md)."""

    report_days: int = Field(60, ge=1)
    """A report about an older letter is ignored: its token may have leaked."""
    full_issues: int = Field(5, ge=1)
    full_days: int = Field(180, ge=1)
    disabled_issues: int = Field(3, ge=1)
    disabled_days: int = Field(90, ge=1)
    soft_issues: int = Field(10, ge=1)
    soft_days: int = Field(365, ge=1)
    storm_refusals: int = Field(10, ge=1)
    """Reports of policy refusals by one provider within `storm_hours` that have it wait."""
    storm_hours: float = Field(6, gt=0)
    pause_hours: float = Field(24, gt=0)
    complaints_warning: float = Field(0.1, gt=0, le=100)
    """Percent of an issue's letters."""
    complaints_limit: float = Field(0.3, gt=0, le=100)
    ask_dns: bool = True
    """Whether « no such domain » is asked of the name servers; without an answer it suspends, and never more."""
    keep_days: int = Field(365, ge=1)
    """Headers and verdicts of returned messages are erased after."""
    mailbox: Mailbox = Mailbox()
