"""``INSERT … ON CONFLICT``, which both engines spell alike.

SQLAlchemy offers it per dialect only. The PostgreSQL construct compiles for SQLite too (the SQLite one does not for
PostgreSQL), which the tests of every statement built with it prove on both engines.
"""

from sqlalchemy.dialects.postgresql import Insert, insert

__all__ = ["Insert", "insert"]
