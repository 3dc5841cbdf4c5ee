"""What the command `secrets-manager` does, with its group `secret`."""
