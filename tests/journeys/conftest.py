"""The database server that whole stories are played on too."""

from tests.store.conftest import postgresql_server as postgresql_server
