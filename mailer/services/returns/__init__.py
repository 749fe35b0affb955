"""What comes back from mailboxes: judged, joined to its letter, acted upon by the policy of `config.toml`."""

from mailer.services.returns.classifying import Judged as Judged
from mailer.services.returns.classifying import classify as classify
from mailer.services.returns.collecting import Collected as Collected
from mailer.services.returns.collecting import collect as collect
from mailer.services.returns.desk import Desk as Desk
from mailer.services.returns.desk import desk as desk
from mailer.services.returns.desk import resume as resume
from mailer.services.returns.desk import retry as retry
from mailer.services.returns.desk import show as show
from mailer.services.returns.ingesting import Ingested as Ingested
from mailer.services.returns.ingesting import ingest as ingest
from mailer.services.returns.ingesting import ingest_files as ingest_files
from mailer.services.returns.phoning import PausedProvider as PausedProvider
from mailer.services.returns.phoning import count_suspended as count_suspended
from mailer.services.returns.phoning import paused_providers as paused_providers
from mailer.services.returns.phoning import to_phone as to_phone
