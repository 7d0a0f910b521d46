"""The cell formats of an XLSX that change what its reader sees: per cents, and numbers padded with zeros.

calamine gives values only; a stock number shown as ``00421`` is the number 421 in the file, and 0.25 is shown as 25 %.
"""

from __future__ import annotations

import re
import zipfile

from lxml import etree

from copilot.parsing.xml import local_name, parse_xml

# (row, column) counted from 0 -> "%" or a pattern of zeros and literals such as "0000-00-000-0000".
SheetFormats = dict[tuple[int, int], str]

_BUILT_IN_PERCENT = ("9", "10")
_ZEROS = re.compile(r"0[0 \-./]*0")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def read_formats(archive: zipfile.ZipFile) -> list[SheetFormats]:
    """Return the formats that matter for each sheet in workbook order; empty where the workbook uses none."""
    names = set(archive.namelist())
    if not {"xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return []
    styles = _style_formats(parse_xml(archive.read("xl/styles.xml")))
    if not styles:
        return []
    targets = {
        element.get("Id", ""): element.get("Target", "")
        for element in parse_xml(archive.read("xl/_rels/workbook.xml.rels")).iter("{*}Relationship")
    }
    sheets = []
    for element in parse_xml(archive.read("xl/workbook.xml")).iter("{*}sheet"):
        relation = next((str(value) for key, value in element.attrib.items() if str(key).endswith("}id")), "")
        member = "xl/" + targets.get(relation, "").removeprefix("/xl/").removeprefix("./")
        sheets.append(_sheet_formats(archive, member, styles) if member in names else {})
    return sheets


def _style_formats(root: etree._Element) -> dict[str, str]:
    """Map a style number (the ``s`` of a cell) to a format that matters."""
    codes = {element.get("numFmtId", ""): element.get("formatCode", "") for element in root.iter("{*}numFmt")}
    found: dict[str, str] = {}
    for table in root.iter("{*}cellXfs"):
        for number, style in enumerate(table.iterchildren("{*}xf")):
            if pattern := _pattern(style.get("numFmtId", ""), codes):
                found[str(number)] = pattern
    return found


def _pattern(number: str, codes: dict[str, str]) -> str | None:
    if number in _BUILT_IN_PERCENT:
        return "%"
    code = codes.get(number, "").split(";")[0].replace("\\", "").replace('"', "")
    code = re.sub(r"\[[^\]]*\]", "", code).strip()
    if code.endswith("%"):
        return "%"
    # "0.00" is a number with decimals, not a padded one.
    return code if _ZEROS.fullmatch(code) and "." not in code else None


def _sheet_formats(archive: zipfile.ZipFile, member: str, styles: dict[str, str]) -> SheetFormats:
    formats: SheetFormats = {}
    with archive.open(member) as stream:
        for _, element in etree.iterparse(stream, tag="{*}c", resolve_entities=False, no_network=True, huge_tree=False):
            pattern = styles.get(element.get("s", ""))
            reference = _REFERENCE.fullmatch(element.get("r", "")) if pattern else None
            if pattern and reference:
                formats[int(reference[2]) - 1, _column(reference[1])] = pattern
            row = element.getparent()
            element.clear()
            if row is not None and local_name(row) == "row":
                while row.getprevious() is not None:
                    del row.getparent()[0]
    return formats


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1
