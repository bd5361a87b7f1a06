"""The journal: every change and every refusal, written in the transaction that made it."""
