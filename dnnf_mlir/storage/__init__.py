"""Files: output written whole or not at all, compiled modules by content, versions and folders they depend on."""
