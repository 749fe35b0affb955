"""What the product does, in plain verbs. Owns the transactions."""
