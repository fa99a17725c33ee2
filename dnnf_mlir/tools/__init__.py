"""The command line tools, one file per command."""
