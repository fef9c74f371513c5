from .hooks import activate
