"""Scripts that run inside Odoo, on the series 14 to 19. Each is sent alone, so none imports another."""
