from . import desk, ir_attachment
