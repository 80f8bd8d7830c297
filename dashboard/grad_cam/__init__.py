"""Draw the parts of the Grad-CAM page."""
