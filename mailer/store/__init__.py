"""What happened to people: the only room that speaks SQL. Never opens a transaction by itself, but in ledger.py."""
