"""The linalg form of blocks: composed linalg.generic operations and anchors, an operator family per file."""
