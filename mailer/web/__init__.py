"""The browser: public pages, tracking, leaving. Calls services only."""
