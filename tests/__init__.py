"""The tests mirror the rooms of mailer/."""
