"""From files, pages and streams to articles: decoded, cleaned, dated and cut into sentences."""
