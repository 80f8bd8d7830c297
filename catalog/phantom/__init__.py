"""An obstetric ultrasound simulator: images whose truth, and whose ambiguity, is known."""

from catalog.phantom.generate import PhantomImage, generate
from catalog.phantom.planes import CLASSES

__all__ = ["CLASSES", "PhantomImage", "generate"]
