"""After the release: read-only journeys against a running environment, compared with the signed report."""
