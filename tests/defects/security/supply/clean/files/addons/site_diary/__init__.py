import os

PORTAL_TOKEN = os.environ.get("PORTAL_TOKEN", "")
PASSWORD_FIELD = "password"
