"""The exam board's domain, as an extension of the SCIM server."""
