"""Where a corpus on PostgreSQL is: ``postgresql://user:password@host1,host2/database#name``."""

import importlib.util
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from index.errors import CorpusError, InputError

_SCHEMES = ("postgresql://", "postgres://")
_DEFAULT = "default"


def is_address(name: str) -> bool:
    """Whether what names a corpus says that it is on PostgreSQL."""
    return name.startswith(_SCHEMES)


@dataclass(frozen=True, slots=True)
class Address:
    """A database and a corpus in it; ``str`` tells both without the password.

    ``url`` is as libpq takes it: several hosts, ``target_session_attrs``, ``sslmode`` and so on.
    """

    url: str = field(repr=False)
    corpus: str = _DEFAULT

    @classmethod
    def of(cls, text: str) -> "Address":
        """Read one; raises InputError, which does not repeat it, for what is none.

        Raises CorpusError, with the command that mends it, where psycopg is not installed.
        """
        if importlib.util.find_spec("psycopg") is None:
            raise CorpusError(
                "a corpus on PostgreSQL needs the extra `postgres`: "
                "pip install -c constraints.txt -e '.[postgres]'"
            )
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        url, _, corpus = text.partition("#")
        try:
            conninfo_to_dict(url)
        except (ProgrammingError, UnicodeError):
            raise InputError(
                "the corpus's address is no PostgreSQL URL; write it as "
                "postgresql://USER@HOST/DATABASE#CORPUS, with % codes for signs in a password"
            ) from None
        return cls(url, unquote(corpus) or _DEFAULT)

    @property
    def server(self) -> str:
        """The user, the hosts and the database."""
        parts = urlsplit(self.url)
        login, at, hosts = parts.netloc.rpartition("@")
        return f"postgresql://{login.partition(':')[0]}{at}{hosts or 'localhost'}{parts.path}"

    def __str__(self) -> str:
        return f"{self.server}#{self.corpus}"

    def hidden(self, text: str) -> str:
        """A text without the passwords that are in the address."""
        from psycopg.conninfo import conninfo_to_dict

        for name in ("password", "sslpassword"):
            if secret := conninfo_to_dict(self.url).get(name):
                text = text.replace(str(secret), "***")
        return text
