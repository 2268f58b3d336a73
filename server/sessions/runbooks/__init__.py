"""What people wrote down about their services, and how it is found again."""
