"""A corpus on PostgreSQL with pgvector: shared by machines, and by servers that see only theirs."""
