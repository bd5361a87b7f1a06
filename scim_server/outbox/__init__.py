"""What is sent after a commit: mail, written in the transaction of the change that it tells of."""
