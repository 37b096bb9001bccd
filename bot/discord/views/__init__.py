"""What Discord shows: cards and the buttons below them, and what a click does."""
