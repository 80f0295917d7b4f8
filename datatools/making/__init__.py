"""How are new pictures made of those that are there? Pure functions on arrays; stages read and write."""
