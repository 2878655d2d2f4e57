"""All that a person looks at: the browser page, figures and the report. Reads runs, never the rules."""
