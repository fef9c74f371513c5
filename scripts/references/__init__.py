"""The parts of the documentation that are told by the code: regions of Markdown files that are written anew."""
