"""What is said of a data set in public: its card, its Croissant description and its datasheet."""
