"""Whatever bytes come in, a parser of ours gives a result or one error that was meant."""
