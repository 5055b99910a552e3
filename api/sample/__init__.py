"""A fictional plant as files, and real work orders as data: something to load on the first day."""
