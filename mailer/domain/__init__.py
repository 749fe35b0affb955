"""The words and rules of the trade, pure: no file, no network, no clock, no database."""
