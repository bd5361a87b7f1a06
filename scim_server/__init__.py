"""A multi-tenant SCIM 2.0 server on SQL."""
