"""Services, the roles that open them, and which syllabus uses which service: data that the board reviews."""
