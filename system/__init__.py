"""Provide the ground floor: what every package may use, and which uses none of them."""
