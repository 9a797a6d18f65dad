"""The house: people, permissions, database, web chassis, plugin host. Knows nothing of learning."""
