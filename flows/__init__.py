"""WHEN: the night, the commands, the clock and the settings."""
