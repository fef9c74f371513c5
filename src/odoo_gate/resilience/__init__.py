"""Does work survive a database, Redis or server that dies? Drills under load, each undone afterwards."""
