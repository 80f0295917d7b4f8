"""Does a report still say what its workspace says? Everything in it is made again and compared."""
