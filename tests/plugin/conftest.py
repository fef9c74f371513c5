"""Tests of the plugin itself: pytester runs pytest on small projects, without Docker."""

pytest_plugins = ["pytester"]
