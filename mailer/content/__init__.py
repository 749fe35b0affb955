"""Files to values: lists, campaigns, issues, contact files. Never writes, never renders."""
