"""The browser: public pages, tracking, leaving. Calls services only.

`create_web` gives the whole as one ASGI application; `mailer.web.server` listens.
"""

from mailer.web.door import create_web

__all__ = ["create_web"]
