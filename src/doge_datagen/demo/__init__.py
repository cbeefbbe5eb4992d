"""The banking story of the blog post, run and told."""
