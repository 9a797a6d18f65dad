"""Stories of users, told through HTTP and a real browser."""
