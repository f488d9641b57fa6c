"""Who does what when: spans, and what records them."""
