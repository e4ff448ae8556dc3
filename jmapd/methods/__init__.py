"""RFC 8620 section 5: each standard method once, for every data type that declares itself."""
