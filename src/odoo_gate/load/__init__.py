"""Is it fast enough with everyone at work? Objectives, candidate against baseline, and where the time goes."""
