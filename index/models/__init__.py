"""Models that turn sentences into vectors: kept, converted and run."""
