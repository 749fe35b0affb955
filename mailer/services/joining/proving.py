"""What proves that somebody asked for a letter: for whoever must show it. Reads only."""

from mailer.app import App
from mailer.domain.addresses import read_address
from mailer.store import proofs as kept
from mailer.store.proofs import ProofRow


def proofs(app: App, text: str) -> list[ProofRow]:
    """Every proof kept for an address, oldest first. Raises Refused for what is no address."""
    address = read_address(text)
    with app.database.reading() as tx:
        return kept.of(tx, app.keyring.fingerprint(address.canonical))
