"""An obstetric ultrasound simulator: images whose truth, and whose ambiguity, is known."""

from catalog.phantom.generate import DEVICES, generate
from catalog.phantom.picture import PhantomImage
from catalog.phantom.planes import CLASSES

__all__ = ["CLASSES", "DEVICES", "PhantomImage", "generate"]
