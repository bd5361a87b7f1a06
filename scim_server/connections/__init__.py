"""Who may do what: tenants, the access of their identity providers, and platform administrators.

A *connection* is one identity provider's access to one tenant: a client profile, scopes, and the tokens or the OAuth
client that prove it.
"""
