"""The invariants themselves, a file a part of the business."""
