"""The exams officer's console: pages only. Rules and queries are the API's, asked as the person who is signed in."""
