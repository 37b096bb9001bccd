"""What words about time mean: in a quote, from its article's date; in a question, from today."""
