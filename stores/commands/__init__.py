"""What the commands do, without how they are called: that stands in `management/commands/`."""
