"""Measures the server against the floor: the same web server and database, without SCIM."""
