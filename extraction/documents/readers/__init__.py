"""One module per format: each opens a file and yields blocks (`extraction.documents.blocks`)."""
