"""What every answer has, whatever it is about: an id, a log line, a count, and safe headers."""
