"""Whether the release opens a door: its code, its supply chain, its rights, and how it is deployed."""
