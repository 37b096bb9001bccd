"""Finding sentences that may answer, by words and by meaning."""
