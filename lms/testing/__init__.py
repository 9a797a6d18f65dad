"""What plugin authors test with: fixtures, factories and the conformance kit."""
