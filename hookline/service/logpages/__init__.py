"""The prediction log over HTTP: the page, its JSON, exports, feedback and quality."""
