"""The configuration: ini text and plant files to typed settings."""
