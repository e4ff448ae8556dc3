"""The plain files: Maildir, and small records of our own."""
