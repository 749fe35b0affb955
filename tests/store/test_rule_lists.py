"""Lists by rule, what spares people, and why each contact gets a letter or not: on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from mailer.domain.aims import Aim, caps
from mailer.domain.choices import when
from mailer.domain.incoming import Detail, DetailKind
from mailer.domain.people import SuppressionReason
from mailer.domain.rules import EVERYONE, AnyOf, Has, Member, Rule, Tagged, Trait, to_renew
from mailer.domain.standing import Out
from mailer.store import audiences, issues, people, reasons, solicitations
from mailer.store.addressed import UNBOUND, Audience, Bounds, chosen
from mailer.store.database import Connection, Database
from mailer.store.tables import addresses, contacts, deliveries, memberships, subscriptions, tags
from tests.store.base import BASE, KEY, NOON, SIRENE, contact, delivery_to, fingerprint, freeze, take_in
from tests.store.test_audiences import segments

ANNA, BORIS, CARL, DINA = (f"{name}@mairie.example" for name in ("anna", "boris", "carl", "dina"))
WHEN = when(NOON, UTC)
LIVING = Audience("sirene", False, AnyOf((Member(("this_year",)), Tagged(("implique",)))), ordinary=True)
IN_BRITTANY = Audience("sirene", False, Has(Trait.REGION, ("BRE",)), ordinary=True)


def known(tx: Connection, *written: str, list_slug: str | None = None) -> None:
    take_in(tx, [contact(one, one[:4].title()) for one in written], list_slug)


def id_of(tx: Connection, address: str) -> int:
    found = select(contacts.c.id).join(addresses, addresses.c.id == contacts.c.address_id)
    return int(tx.execute(found.where(addresses.c.canonical == address)).scalar_one())


def be_member(tx: Connection, address: str, year: int) -> None:
    tx.execute(memberships.insert().values(contact_id=id_of(tx, address), year=year))


def be_tagged(tx: Connection, address: str, slug: str) -> None:
    tx.execute(tags.insert().values(contact_id=id_of(tx, address), slug=slug))


def receivers(tx: Connection, audience: Sequence[Audience], bounds: Bounds = UNBOUND) -> list[str]:
    those = chosen(audience, "sirene", WHEN, bounds).subquery()
    found = select(addresses.c.canonical).join(those, those.c.address_id == addresses.c.id)
    return sorted(tx.execute(found).scalars())


def sent(tx: Connection, name: str, aim: Aim, audience: Sequence[Audience], at: datetime = NOON) -> int:
    """Released to leave at that moment, with what it spares people."""
    issue_id = freeze(tx, name)
    assert issues.release(tx, issue_id, KEY, at, at)
    solicitations.note(tx, issue_id, aim, when(at, UTC))
    bounds = Bounds(aim.narrowed, aim.exclude, caps(aim, at, 2, timedelta(days=120)))
    audiences.queue_audience(tx, issue_id, audience, "sirene", at, at, bounds=bounds, spread=aim.spread)
    return issue_id


def test_a_list_by_rule_is_the_rule_and_those_who_asked_and_who_left_stays_out(database: Database) -> None:
    with database.transaction() as tx:
        known(tx, ANNA, BORIS, CARL)
        known(tx, DINA, list_slug="sirene")
        be_member(tx, ANNA, 2023)
        be_member(tx, BORIS, 2022)
        be_tagged(tx, CARL, "implique")
        assert receivers(tx, [LIVING]) == [ANNA, CARL, DINA]
        address_id = tx.execute(select(addresses.c.id).where(addresses.c.canonical == ANNA)).scalar_one()
        people.leave_list(tx, address_id, id_of(tx, ANNA), "sirene", NOON)
        tx.execute(contacts.update().where(contacts.c.id == id_of(tx, CARL)).values(closed_at=NOON))
        assert receivers(tx, [LIVING]) == [DINA]


def test_who_left_at_one_address_is_not_brought_back_by_a_rule_at_another(database: Database) -> None:
    with database.transaction() as tx:
        known(tx, ANNA, BORIS)
        be_member(tx, ANNA, 2023)
        anna = id_of(tx, ANNA)
        address_id = tx.execute(select(addresses.c.id).where(addresses.c.canonical == ANNA)).scalar_one()
        people.leave_list(tx, address_id, anna, "sirene", NOON)
        other = tx.execute(select(addresses.c.id).where(addresses.c.canonical == BORIS)).scalar_one()
        tx.execute(contacts.delete().where(contacts.c.address_id == other))
        tx.execute(contacts.update().where(contacts.c.id == anna).values(address_id=other))
        assert receivers(tx, [LIVING, BASE]) == []
        assert reasons.count_reasons(tx, [LIVING, BASE], "sirene", WHEN).out == {Out.LEFT: 1}


def test_the_empty_rule_is_everyone(database: Database) -> None:
    with database.transaction() as tx:
        known(tx, ANNA, BORIS)
        assert receivers(tx, [Audience("tous", False, EVERYONE)]) == receivers(tx, [BASE]) == [ANNA, BORIS]


def test_historical_contacts_come_into_no_monthly_letter_by_a_rule_that_only_describes(database: Database) -> None:
    with database.transaction() as tx:
        known(tx, ANNA, BORIS, CARL)
        tx.execute(contacts.update().values(region="BRE"))
        be_member(tx, ANNA, 2021)
        assert receivers(tx, [IN_BRITTANY]) == [ANNA]
        counted = reasons.count_reasons(tx, [IN_BRITTANY], "sirene", WHEN)
        assert (counted.into, counted.out) == ((0, 1), {Out.INFORMED: 2})
        exceptional = Audience("sirene", False, IN_BRITTANY.rule)
        assert receivers(tx, [exceptional]) == [ANNA, BORIS, CARL]


def test_a_contact_with_two_addresses_gets_one_letter(database: Database) -> None:
    with database.transaction() as tx:
        known(tx, ANNA, BORIS)
        known(tx, CARL, list_slug="sirene")
        other = tx.execute(select(addresses.c.id).where(addresses.c.canonical == BORIS)).scalar_one()
        tx.execute(subscriptions.update().values(address_id=other))
        tx.execute(contacts.delete().where(contacts.c.address_id == other))
        assert receivers(tx, [SIRENE, BASE]) == [ANNA, BORIS]


def test_only_and_exclude_narrow_the_whole_audience(database: Database) -> None:
    with database.transaction() as tx:
        known(tx, ANNA, BORIS, CARL, list_slug="sirene")
        known(tx, DINA)
        for address in (ANNA, BORIS, DINA):
            be_member(tx, address, 2023)
        be_tagged(tx, BORIS, "ca")
        bounds = Bounds(Member((2023,)), Tagged(("ca",)))
        assert receivers(tx, [SIRENE, BASE], bounds) == [ANNA, DINA]
        counted = reasons.count_reasons(tx, [SIRENE, BASE], "sirene", WHEN, bounds)
        assert (counted.into, counted.out) == ((1, 1), {Out.EXCLUDED: 2})


def test_an_exceptional_letter_comes_once_a_year_to_who_did_not_ask_and_subscribers_go_first(
    database: Database,
) -> None:
    aim = Aim(exceptional=True, spread=timedelta(hours=24))
    with database.transaction() as tx:
        known(tx, ANNA, BORIS)
        known(tx, CARL, list_slug="sirene")
        first = sent(tx, "sirene/2023-09", aim, [SIRENE, BASE])
        assert segments(tx, first) == {ANNA: "base", BORIS: "base", CARL: "sirene"}
        earliest = select(deliveries.c.segment, func.min(deliveries.c.next_try_at)).group_by(deliveries.c.segment)
        due = {row[0]: row[1] for row in tx.execute(earliest)}
        assert due["sirene"] == NOON < due["base"] <= NOON + timedelta(hours=24)
        known(tx, DINA)
        soon = sent(tx, "sirene/2023-11", aim, [SIRENE, BASE], NOON + timedelta(days=60))
        assert segments(tx, soon) == {CARL: "sirene", DINA: "base"}
        bounds = Bounds(caps=caps(aim, NOON, 5, timedelta(1)))
        assert reasons.count_reasons(tx, [SIRENE, BASE], "sirene", WHEN, bounds).out == {Out.EXCEPTIONAL: 3}
        again = Aim(exceptional=True, again=True)
        assert len(segments(tx, sent(tx, "sirene/2023-12", again, [SIRENE, BASE], NOON + timedelta(days=90)))) == 4
        next_year = sent(tx, "sirene/2024-11", aim, [SIRENE, BASE], NOON + timedelta(days=90 + 364))
        assert len(segments(tx, next_year)) == 4


def test_nobody_is_asked_more_often_than_allowed(database: Database) -> None:
    aim = Aim(solicitation=True)
    with database.transaction() as tx:
        known(tx, ANNA, BORIS, list_slug="sirene")
        for number in range(2):
            assert len(segments(tx, sent(tx, f"sirene/don-{number}", aim, [SIRENE]))) == 2
        anna = select(addresses.c.id).where(addresses.c.canonical == ANNA).scalar_subquery()
        tx.execute(deliveries.update().where(deliveries.c.address_id == anna).values(state="skipped"))
        assert segments(tx, sent(tx, "sirene/don-3", aim, [SIRENE])) == {ANNA: "sirene"}
        bounds = Bounds(caps=caps(aim, NOON, 2, timedelta(days=120)))
        assert reasons.count_reasons(tx, [SIRENE], "sirene", WHEN, bounds).out == {Out.SOLICITED: 1}
        assert len(segments(tx, sent(tx, "sirene/don-4", aim, [SIRENE], NOON + timedelta(days=121)))) == 2


def test_who_joins_before_the_letter_leaves_is_not_asked_any_more(database: Database) -> None:
    aim = Aim(rules=(to_renew("this_year"),), rules_alone=True, renewal="this_year", solicitation=True)
    audience = [Audience("sirene", False, aim.rules[0], subscribers=False, ordinary=True)]
    with database.transaction() as tx:
        known(tx, ANNA, BORIS, CARL)
        for address in (ANNA, BORIS):
            be_member(tx, address, 2022)
        be_member(tx, CARL, 2023)
        issue_id = sent(tx, "adhesion/2023-1", aim, audience)
        assert segments(tx, issue_id) == {ANNA: "sirene", BORIS: "sirene"}
        be_member(tx, BORIS, 2022 + 1)
        assert solicitations.skip_joined(tx, NOON) == 1
        why = select(deliveries.c.skip_reason).where(deliveries.c.id == delivery_to(tx, BORIS, issue_id))
        assert tx.execute(why).scalar_one() == "joined"
        assert solicitations.skip_joined(tx, NOON) == 0


def test_a_file_of_members_takes_back_the_letters_that_ask_them_to_join(database: Database) -> None:
    aim = Aim(rules=(to_renew("this_year"),), rules_alone=True, renewal="this_year", solicitation=True)
    audience = [Audience("sirene", False, aim.rules[0], subscribers=False, ordinary=True)]
    with database.transaction() as tx:
        known(tx, ANNA, BORIS)
        for address in (ANNA, BORIS):
            be_member(tx, address, 2022)
        issue_id = sent(tx, "adhesion/2023-1", aim, audience)
        for year in ("2021", "2023"):
            take_in(tx, [contact(BORIS)._replace(more=(Detail(DetailKind.MEMBERSHIP, year),))], None)
            why = select(deliveries.c.skip_reason).where(deliveries.c.id == delivery_to(tx, BORIS, issue_id))
            assert tx.execute(why).scalar_one() == ("joined" if year == "2023" else None)
        still = select(deliveries.c.state).where(deliveries.c.id == delivery_to(tx, ANNA, issue_id))
        assert tx.execute(still).scalar_one() == "queued"


STANDINGS = st.lists(
    st.fixed_dictionaries(
        {
            "address": st.sampled_from([0, 1, 2, 3]),
            "list": st.sampled_from([None, "active", "left", "pending"]),
            "member": st.booleans(),
            "closed": st.booleans(),
            "region": st.sampled_from(["", "BRE"]),
        }
    ),
    min_size=1,
    max_size=5,
)
RULES: list[Rule | None] = [None, Member((2023,)), Has(Trait.REGION, ("BRE",))]


@settings(deadline=None, max_examples=40, database=None)
@given(standings=STANDINGS, opposed=st.booleans(), rule=st.sampled_from(RULES), base=st.booleans())
def check_totals(
    database: Database, standings: list[dict[str, Any]], opposed: bool, rule: Rule | None, base: bool
) -> None:
    audience = [Audience("sirene", False, rule, ordinary=True), *([BASE] if base else [])]
    with database.rehearsal() as tx:
        known(tx, ANNA, BORIS, CARL)
        tx.execute(contacts.delete())
        ids = [None, *tx.execute(select(addresses.c.id).order_by(addresses.c.id)).scalars()]
        for number, one in enumerate(standings, 10):
            values = {"id": number, "kind": "person", "name": "", "region": one["region"]}
            tx.execute(
                contacts.insert().values(
                    address_id=ids[one["address"]], closed_at=NOON if one["closed"] else None, **values
                )
            )
            if one["list"] and one["address"]:
                mine = {"contact_id": number, "address_id": ids[one["address"]], "list_slug": "sirene"}
                tx.execute(subscriptions.insert().values(state=one["list"], **mine))
            if one["member"]:
                tx.execute(memberships.insert().values(contact_id=number, year=2023))
        if opposed:
            people.suppress(tx, ids[1], SuppressionReason.OPPOSITION, NOON)
        counted = reasons.count_reasons(tx, audience, "sirene", WHEN)
        queued = audiences.queue_audience(tx, freeze(tx), audience, "sirene", NOON, NOON)
        assert counted.base == len(standings)
        assert sum(counted.into) == queued == sum(audiences.count_audience(tx, audience, "sirene", WHEN).values())
        reached = set(tx.execute(select(deliveries.c.address_id)).scalars())
        left = {ids[one["address"]] for one in standings if one["list"] == "left"}
        assert not reached & (left | ({ids[1]} if opposed else set()))
        for address_id in ids[1:]:
            told = reasons.standing_of(tx, address_id, audience, "sirene", WHEN)
            assert sum(one.place is not None for one in told) == (address_id in reached)


def test_the_reasons_add_up_to_the_whole_base_and_to_what_is_queued(database: Database) -> None:
    check_totals(database)


def test_an_opposition_beats_a_rule(database: Database) -> None:
    with database.transaction() as tx:
        known(tx, ANNA, BORIS)
        be_member(tx, ANNA, 2023)
        people.import_oppositions(tx, [contact(ANNA)], fingerprint, file_name="refus.csv", now=NOON)
        assert receivers(tx, [LIVING, BASE]) == [BORIS]
        counted = reasons.count_reasons(tx, [LIVING], "sirene", WHEN)
        assert counted.out == {Out.OPPOSED: 1, Out.OUTSIDE: 1}
