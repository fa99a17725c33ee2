"""Reads at positions known at compile time, as nodes of simpler operators."""

import numpy as np

from .builder import Decomposition


def gather_nd(c: Decomposition) -> bool:
    """GatherND: one Gather from the indexed dimensions made one."""
    shape, indices = c.shape(0), c.known.get(c.input(1))
    batch = c.attributes["batch_dims"]
    if indices is None or 0 in shape or 0 in indices.shape:
        return False
    indexed = batch + indices.shape[-1]
    sizes = np.array(shape[batch:indexed])
    if np.any((indices < -sizes) | (indices >= sizes)):
        return False
    batches = np.ogrid[tuple(slice(size) for size in indices.shape[:-1])][:batch]
    inner = np.moveaxis(np.where(indices < 0, indices + sizes, indices), -1, 0)
    positions = np.ravel_multi_index(tuple(np.broadcast_arrays(*batches, *inner)), shape[:indexed])
    flat = c.op("Reshape", c.input(0), c.ints(-1, *shape[indexed:]))
    c.op("Gather", flat, c.constant(positions), output=c.node.output[0], axis=0)
    return True
