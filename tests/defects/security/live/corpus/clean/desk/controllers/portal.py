from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import AccessError, MissingError
from odoo.http import request


class TicketPortal(CustomerPortal):
    @http.route("/my/tickets/<int:ticket_id>", type="http", auth="public", website=True)
    def ticket_page(self, ticket_id, access_token=None, **_):
        try:
            ticket = self._document_check_access("desk.ticket", ticket_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return request.make_response(ticket.name)
