"""Centres: schools and colleges registered to run the board's exams."""
