"""Passes over the ``dnnf`` dialect: one file per pass, named as the pass."""
