"""Answers → the lines of the journal. What a feature's `log:` rule hides never gets further than here."""
