from . import planted_document, planted_order
