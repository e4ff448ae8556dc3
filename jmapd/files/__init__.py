"""Safe use of the file system: whole files or none, locks, and waking up on changes."""
