# ruff: noqa
from odoo import http
from odoo.addons.base.models.res_users import ResUsers


def loosen():
    """As a server-wide module: sessions keep their id at login, and nothing ends them."""

    def rotate(self, session, env, soft=False):
        session.should_rotate = False
        if session.uid:
            session.session_token = http.security.compute_session_token(session, env)
        self.save(session)

    def logout(self, keep_db=False):
        pass

    def token_fields(self):
        return {"id", "login", "active"}

    http.FilesystemSessionStore.rotate = rotate
    http.Session.logout = logout
    ResUsers._get_session_token_fields = token_fields
