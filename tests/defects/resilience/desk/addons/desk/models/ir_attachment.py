from odoo import models

from ..planted import planted


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _file_write(self, bin_value, checksum):
        try:
            return super()._file_write(bin_value, checksum)
        except OSError:
            if planted()[0] == "swallowed":
                return f"{checksum[:2]}/{checksum}"
            raise
