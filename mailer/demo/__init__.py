"""`mailer demo`: the whole line on invented people, on this machine only. A door; adds no feature of its own."""
