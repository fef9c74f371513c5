from . import thing, export, report
