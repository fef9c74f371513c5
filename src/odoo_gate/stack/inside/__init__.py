"""Small programs that run in containers of a run, on the standard library of Python 3.9 and later alone.

They are copied in as the package `inside`, so they import one another relatively and nothing else of ours.
"""
