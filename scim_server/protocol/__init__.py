"""What the RFCs say, and what each client may depart from."""
