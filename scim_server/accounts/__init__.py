"""Who signs in: one account for each person, however many schools provision them."""
