"""Words: how a text is cut into them, their stems, and how common each is in English."""
