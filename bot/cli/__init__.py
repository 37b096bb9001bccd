"""The command line: one module a group of commands, and how answers look on a terminal."""
