"""What the form of a manual says: tables, lists, labels and headings become statements."""
