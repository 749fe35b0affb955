"""An issue compiled once: its variants as bytes with holes, its links, its attachments, its page. Knows no reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mailer.domain.letters import Attachment, BlockKind, FrozenLetter, Issue, Letterhead, Relayed
from mailer.errors import BadFiles
from mailer.language import day
from mailer.rendering.editions import Edition, LinkField
from mailer.rendering.headers import Headers
from mailer.rendering.layouts import Layout
from mailer.rendering.links import LinkNumbers
from mailer.rendering.markdown import Typesetter
from mailer.rendering.pieces import Link, Piece, Workbench, runs
from mailer.rendering.seals import seal_of
from mailer.rendering.skeleton import build_skeleton
from mailer.rendering.typography import plain, set_text


def compile_issue(
    issue: Issue, letterhead: Letterhead, templates: Sequence[Path], relayed: Mapping[str, Relayed]
) -> FrozenLetter:
    """The letter, the same bytes for the same files. Raises BadFiles with every mistake."""
    layout = Layout(issue.campaign.layout, templates, issue.campaign.language)
    mailed, plain, online = _set(issue, letterhead, relayed)
    variants = {audience: _variant(mailed, layout, audience) for audience in issue.audience}
    measured = mailed.edition.measured
    page = online.edition.finish_html(layout.html(_values(online, audience="")))
    return FrozenLetter(
        subject=issue.subject,
        title=issue.title,
        number=issue.number,
        variants=variants,
        links=tuple(mailed.edition.numbers.targets),
        attachments=_attachments(mailed, online),
        online=page,
        sources={**issue.sources, **layout.sources},
        plain={audience: _variant(plain, layout, audience) for audience in issue.audience} if measured else {},
        summary=set_text(issue.preheader, issue.campaign.language),
        card=_card(mailed),
    )


@dataclass(frozen=True)
class Proof:
    """One edition's pieces, ready for the layout, with what they were made with."""

    edition: Edition
    pieces: tuple[Piece, ...]
    bench: Workbench


def letter_parts(
    issue: Issue, letterhead: Letterhead, templates: Sequence[Path], relayed: Mapping[str, Relayed], audience: str
) -> tuple[str, str]:
    """HTML and text of one variant, with `@@slot@@` for a reader's values. Raises BadFiles."""
    layout = Layout(issue.campaign.layout, templates, issue.campaign.language)
    return _parts(_proof(issue, letterhead, relayed, mailed=True, plain=False), layout, audience)


def _set(issue: Issue, letterhead: Letterhead, relayed: Mapping[str, Relayed]) -> tuple[Proof, Proof, Proof]:
    """The mailed edition, the same for readers who may not be measured, and the one on the web."""
    # The web edition is set from the same words: the first one has told every mistake.
    return (
        _proof(issue, letterhead, relayed, mailed=True, plain=False),
        _proof(issue, letterhead, relayed, mailed=True, plain=True),
        _proof(issue, letterhead, relayed, mailed=False, plain=False),
    )


def _proof(issue: Issue, letterhead: Letterhead, relayed: Mapping[str, Relayed], *, mailed: bool, plain: bool) -> Proof:
    edition = Edition(issue, letterhead, seal_of(issue, letterhead), mailed, LinkNumbers(), plain)
    bench = Workbench(edition, relayed, Typesetter(edition))
    proof = Proof(edition, bench.pieces(), bench)
    if problems := bench.typesetter.problems:
        raise BadFiles(sorted(problems, key=lambda problem: problem.line or 0))
    return proof


def _variant(mailed: Proof, layout: Layout, audience: str) -> bytes:
    html, text = _parts(mailed, layout, audience)
    return build_skeleton(_headers(mailed.edition), html, text)


def _parts(mailed: Proof, layout: Layout, audience: str) -> tuple[str, str]:
    values = _values(mailed, audience)
    seal = mailed.edition.seal
    return mailed.edition.finish_html(layout.html(values)), seal.open_text(layout.text(values))


def _headers(edition: Edition) -> Headers:
    issue, letterhead = edition.issue, edition.letterhead
    mailing_list = issue.list
    return Headers(
        sender_name=mailing_list.sender_name,
        sender_address=mailing_list.sender_address,
        reply_to=mailing_list.reply_to,
        subject=issue.subject,
        list_title=mailing_list.title,
        list_id=mailing_list.list_id,
        contact=letterhead.contact,
        public_url=letterhead.public_url,
        archive_url=edition.archive_url if edition.archived else None,
        feedback_id=f"{issue.slug}:{issue.campaign.slug}:issue:{_sender_id(mailing_list.sender_address)}",
        language=issue.campaign.language,
    )


def _sender_id(address: str) -> str:
    """5 to 15 characters, the same for every letter of a domain: operators sum complaints by it."""
    label = "".join(character for character in address.rpartition("@")[2] if character.isalnum())
    return label[:15].ljust(5, "0")


def _attachments(*proofs: Proof) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}
    for proof in proofs:
        for image in proof.bench.typesetter.shown.values():
            found[image.file_name] = Attachment(image.file_name, image.media_type, image.content)
        found |= {one.file_name: one for one in proof.bench.calendars}
    return tuple(found.values())


def _card(proof: Proof) -> str:
    """The image of the header, under which the issue is recognised elsewhere."""
    pictures = [piece.picture for piece in proof.pieces if piece.kind is BlockKind.HEADER and piece.picture]
    return pictures[0].url.rpartition("/")[2] if pictures else ""


def _values(proof: Proof, audience: str) -> dict[str, Any]:
    """What a layout is given."""
    edition = proof.edition
    issue, letterhead, language = edition.issue, edition.letterhead, edition.issue.campaign.language
    pieces = _abridged([piece for piece in proof.pieces if _is_shown(piece, edition, audience)], edition)
    local = issue.slot.astimezone(ZoneInfo(letterhead.zone))
    return {
        "letter": {
            "subject": issue.subject,
            "preheader": set_text(issue.preheader, language),
            "title": set_text(issue.title, language),
            "number": set_text(issue.number, language),
            "date": _capitalised(day(language, local.date())),
            "language": language,
            "reason": set_text(issue.reasons.get(audience, issue.list.reason), language),
            "sender": issue.list.sender_name,
            "reply_to": issue.list.reply_to,
        },
        "organisation": letterhead,
        "is_mailed": edition.mailed,
        "measured": edition.measured,
        "measure": issue.list.measure.value,
        "subscribe_url": edition.subscribe_url if edition.abridged else None,
        "pixel_url": edition.pixel_url if edition.measured else "",
        "urls": _urls(edition),
        "header": next((piece for piece in pieces if piece.kind is BlockKind.HEADER), None),
        "runs": runs([piece for piece in pieces if piece.kind not in (BlockKind.HEADER, BlockKind.FOOTER)]),
        "footer": next((piece for piece in pieces if piece.kind is BlockKind.FOOTER), None),
        "contents": _contents(pieces),
    }


def _urls(edition: Edition) -> dict[str, str | None]:
    """The locked footer's links, never counted; None where this edition has no such place."""
    return {
        "leave": edition.field_url(LinkField.LEAVE) if edition.mailed else None,
        "preferences": edition.field_url(LinkField.PREFERENCES) if edition.mailed else None,
        "online": edition.online_url if edition.mailed and edition.archived else None,
        "archive": edition.archive_url if edition.archived else None,
        "privacy": f"{edition.letterhead.public_url}/privacy",
        "measure": f"{edition.letterhead.public_url}/privacy#measure",
        "choice": edition.choice_url,
        "uncount": edition.uncount_url,
    }


def _is_shown(piece: Piece, edition: Edition, audience: str) -> bool:
    if piece.kind is BlockKind.BANNER:
        return edition.mailed and piece.audience == audience
    # A relay has nothing to say before the other campaign's first release.
    return piece.kind is not BlockKind.RELAY or bool(piece.passage or piece.relayed)


def _abridged(pieces: list[Piece], edition: Edition) -> list[Piece]:
    """All before the second article, and the foot; no contents of what is not there."""
    if not edition.abridged:
        return pieces
    articles = [at for at, piece in enumerate(pieces) if piece.kind is BlockKind.ARTICLE]
    end = articles[1] if len(articles) > 1 else len(pieces)
    kept = [piece for piece in pieces[:end] if piece.kind is not BlockKind.CONTENTS]
    while kept and kept[-1].kind is BlockKind.SECTION and len(articles) > 1:
        kept.pop()
    return kept + [piece for piece in pieces[end:] if piece.kind is BlockKind.FOOTER]


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]


def _contents(pieces: Sequence[Piece]) -> list[Link]:
    """Titles of the highest level that stand after the contents block."""
    kinds = [piece.kind for piece in pieces]
    if BlockKind.CONTENTS not in kinds:
        return []
    after = pieces[kinds.index(BlockKind.CONTENTS) + 1 :]
    return [Link(plain(piece.title), f"#{piece.anchor}", "") for piece in after if piece.level == 2]
