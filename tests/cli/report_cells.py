#!/usr/bin/env python3
"""Compares the tables of a bundle's report with the JSON and CSV beside it, cell by cell.

A table names its source (data-source) and its columns there (data-member).  Rows of JSON are all
there in their order; rows of CSV are, of those of other runs, none.

Usage: report_cells.py BUNDLE
EXIT STATUS: 0 if they agree; 1 if not, with the first cell that differs; 2 for wrong usage.
"""

import csv
import html.parser
import json
import os
import sys

SHOWN_ROWS_MAX = 100  # tracker/audit/html_writer.h


class Tables(html.parser.HTMLParser):
    """The tables that have a source: (source, members, rows of texts)."""

    def __init__(self):
        super().__init__()
        self.found, self.table, self.cell, self.tables, self.captions = [], None, None, 0, 0
        self.headings, self.drawings, self.titles, self.scopeless = [], 0, 0, 0

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "table":
            self.tables += 1
            self.table = (attrs.get("data-source"), [], [])
        elif tag == "caption":
            self.captions += 1
        elif tag == "tr" and self.table:
            self.table[2].append([])
        elif tag in ("th", "td"):
            self.cell = ""
            self.scopeless += tag == "th" and "scope" not in attrs
            if attrs.get("scope") == "col":
                self.table[1].append(attrs.get("data-member"))
        elif tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        elif tag == "svg":
            self.drawings += 1
            self.titles += "aria-label" in attrs
        elif tag == "title":
            self.titles += 1

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self.table[2][-1].append(self.cell)
            self.cell = None
        elif tag == "table":
            if self.table[0]:
                self.found.append(self.table)
            self.table = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data


def text_of(value):
    """A value as a cell: numbers in their shortest form, as data/*.csv has them."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def equal(shown, value):
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return shown != "" and float(shown) == value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return shown == "".join(value)  # One below the other.
    return shown == text_of(value)


def at(value, steps):
    for step in steps:
        if isinstance(value, list):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def compare(bundle, source, members, rows):
    path, _, pointer = source.partition("#")
    rows = rows[1:] if members else rows
    if not members:
        return 0  # A table of facts.
    with open(os.path.join(bundle, path), encoding="utf-8", newline="") as file:
        if not pointer and not path.startswith("evidence/") and path.endswith(".csv"):
            records = list(csv.DictReader(file))
        elif pointer or path.endswith(".json"):
            steps = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
            records = at(json.load(file), steps)
        elif "#" in source:
            records = json.load(file)
        else:
            records = list(csv.DictReader(file))
    cells, left = 0, iter(records)
    if not path.endswith(".csv") and len(rows) != min(len(records), SHOWN_ROWS_MAX):
        sys.exit("%s: %d rows for %d records" % (source, len(rows), len(records)))
    for number, row in enumerate(rows, 1):
        for record in left:
            wrong = [(member, shown, at(record, member.split(".")))
                     for member, shown in zip(members, row)
                     if member and not equal(shown, at(record, member.split(".")))]
            if not wrong:
                cells += sum(member is not None for member in members)
                break
            if not path.endswith(".csv"):
                sys.exit("%s, row %d, %s: the report says %r, and the file %r"
                         % ((source, number) + wrong[0]))
        else:
            sys.exit("%s has no such row: %r" % (source, row))
    return cells


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    bundle = sys.argv[1]
    tables = Tables()
    with open(os.path.join(bundle, "report/report.html"), encoding="utf-8") as file:
        tables.feed(file.read())
    cells = sum(compare(bundle, *table) for table in tables.found)
    if tables.captions != tables.tables or tables.scopeless:
        sys.exit("a table has no caption, or a heading in one no scope")
    if tables.titles < tables.drawings:
        sys.exit("a drawing has no title")
    steps = zip([0] + tables.headings, tables.headings)
    if any(after - before > 1 for before, after in steps):
        sys.exit("a level of headings is left out")
    print("%d cells of %d tables agree" % (cells, len(tables.found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
