"""Has a table and no migration; and keeps data about people without saying so."""
