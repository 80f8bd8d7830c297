"""Parse untrusted XML: no entities, and no deeper than annotations are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml.ElementTree import DefusedXMLParser

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_NESTED = 64  # elements within each other; annotations have five


class BrokenXml(ValueError):
    """What is wrong with an XML file, to follow its name: 'is no sound XML'."""


def parse_xml(data: bytes) -> Element:
    """Return the root of an XML document.

    Raises:
        BrokenXml: it is no sound XML, names entities, is of an unknown encoding, or is nested too deep.
        MemoryError: it holds more than memory does.
    """
    parser = DefusedXMLParser(target=_Builder())
    try:
        parser.feed(data)
        root: Element = parser.close()
    except BrokenXml:
        raise
    except (ParseError, ValueError, LookupError) as error:  # broken, forbidden (entities), or of an unknown encoding
        if "out of memory" in str(error):
            raise MemoryError from None
        raise BrokenXml("is no sound XML") from None
    return root


class _Builder(TreeBuilder):
    """Builds a tree, and refuses deep nesting, which takes too much memory and time."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > MAX_NESTED:
            raise BrokenXml(f"is nested more than {MAX_NESTED} elements deep")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)
