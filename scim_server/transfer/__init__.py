"""Whole tenants out of the server and into it: JSON lines of SCIM resources, and CSV files of staff."""
