"""What the loop nests of all anchors share: canonical form, windows, the dispatch's shell, epilogues, layouts."""
