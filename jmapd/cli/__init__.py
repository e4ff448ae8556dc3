"""The programs in bin/."""
