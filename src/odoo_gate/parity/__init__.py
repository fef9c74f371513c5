"""Whether what was tested is what production runs."""
