"""The stages of the pipeline, one module each; `extraction.pipeline.registry` lists them."""
