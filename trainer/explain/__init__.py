"""Explanations: class activation maps, target layers, their scores, and the shortcut probe."""
