"""Recurrent layers: all steps of a few sequences in one workgroup."""
