"""Max, average and global average pools along the channels."""
