"""The same model in other spellings: what exporters and opsets write for one computation."""
