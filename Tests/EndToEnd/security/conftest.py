"""Control planes with an authority, as the tests of identities have them."""
from identity.conftest import fresh_plane, plane  # noqa: F401
