from odoo.addons.bus.controllers.websocket import WebsocketController
from odoo.http import route


class Announced(WebsocketController):
    @route()
    def websocket(self):
        return super().websocket()
