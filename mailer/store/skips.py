"""Takes letters out of the queue for those who may no longer be written to. Decides nothing else.

One rule for every door: leaving, opposition, suppression, a pause, and a letter that comes back into the queue
after one of these. A left row beats the issue's own list and the list of the audience that held the reader.
"""

from datetime import datetime

from sqlalchemy import Connection

from mailer.store.sql import run

TO_ADDRESS = "address_id = :address_id"
OF_ISSUE = "issue_id = :issue_id"
THESE = "id IN :ids"

_SUPPRESSED = """SELECT 1 FROM address JOIN suppression ON suppression.fingerprint = address.fingerprint
  WHERE address.id = delivery.address_id"""
_LEFT = """SELECT 1 FROM subscription JOIN issue ON issue.id = delivery.issue_id
  WHERE subscription.address_id = delivery.address_id AND subscription.state = 'left'
    AND subscription.list_slug IN (issue.list_slug, delivery.segment)"""
_PAUSED = "SELECT 1 FROM choice WHERE choice.address_id = delivery.address_id AND choice.paused_until > :now"
_JOINED = """SELECT 1 FROM issue_aim JOIN membership ON membership.year = issue_aim.renewal
  WHERE issue_aim.issue_id = delivery.issue_id AND membership.contact_id = delivery.contact_id"""
_CANCELLED = "SELECT 1 FROM issue WHERE issue.id = delivery.issue_id AND issue.state = 'cancelled'"

# The claim stays: where a sender had the letter on its way in that very moment, it tells what became of it.
_SKIP_UNWELCOME = f"""
UPDATE delivery SET state = 'skipped', settled_at = :now, lease_until = NULL, skip_reason = CASE
  WHEN EXISTS ({_SUPPRESSED} AND suppression.reason = 'opposition') THEN 'opposed'
  WHEN EXISTS ({_SUPPRESSED}) THEN 'suppressed'
  WHEN EXISTS ({_LEFT}) THEN 'left'
  WHEN EXISTS ({_PAUSED}) THEN 'paused'
  WHEN EXISTS ({_JOINED}) THEN 'joined'
  ELSE 'cancelled' END
WHERE {{which}} AND state IN ('queued', 'claimed')
  AND (EXISTS ({_SUPPRESSED}) OR EXISTS ({_LEFT}) OR EXISTS ({_PAUSED}) OR EXISTS ({_JOINED}) OR EXISTS ({_CANCELLED}))
"""  # noqa: S608 - put together from the constants above


def skip_unwelcome(tx: Connection, which: str, now: datetime, **values: object) -> int:
    """Skip those deliveries of `which` that are waiting and may not be sent any more; the reason goes with each."""
    return run(tx, _SKIP_UNWELCOME.replace("{which}", which), now=now, **values).rowcount
