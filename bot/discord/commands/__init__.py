"""Slash commands and message menus: one module a group; the client registers them."""
