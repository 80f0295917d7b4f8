"""What do files from outside hold, whatever they hold? Parsers whose every failure is one error."""
