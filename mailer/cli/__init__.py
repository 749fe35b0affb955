"""The terminal: parses, calls one service, prints."""
